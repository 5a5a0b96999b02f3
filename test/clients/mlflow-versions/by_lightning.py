"""A network that PyTorch Lightning trains, kept by itself and brought back."""

import logging
import warnings

import mlflow
import mlflow.pytorch
import pytorch_lightning
import torch
from seen import report

warnings.filterwarnings("ignore")
logging.getLogger("pytorch_lightning").setLevel(logging.ERROR)
mlflow.set_experiment(f"versions {mlflow.__version__} lightning")
client = mlflow.MlflowClient()
epochs, rows = 4, 64
xs = torch.linspace(-1, 1, rows).reshape(-1, 1)
data = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(xs, 3 * xs + 1), batch_size=8)


class Line(pytorch_lightning.LightningModule):
    def __init__(self):
        super().__init__()
        self.layer = torch.nn.Linear(1, 1)

    def forward(self, x):
        return self.layer(x)

    def training_step(self, batch, _):
        loss = torch.nn.functional.mse_loss(self(batch[0]), batch[1])
        self.log("train_loss", loss, on_step=True, on_epoch=True)
        return loss

    def configure_optimizers(self):
        return torch.optim.Adam(self.parameters(), lr=0.1)


mlflow.pytorch.autolog(log_every_n_step=2)
with mlflow.start_run() as run:
    model = Line()
    trainer = pytorch_lightning.Trainer(
        max_epochs=epochs,
        accelerator="cpu",
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
    )
    trainer.fit(model, data)
got = client.get_run(run.info.run_id)
assert got.data.params["epochs"] == str(epochs) and got.data.params["optimizer_name"] == "Adam", got.data.params
history = client.get_metric_history(run.info.run_id, "train_loss_epoch")
assert [m.step for m in history] == list(range(epochs)), history
assert history[-1].value < history[0].value
steps = client.get_metric_history(run.info.run_id, "train_loss_step")
assert len(steps) == epochs * rows // 8 // 2, len(steps)
assert "model_summary.txt" in {f.path for f in client.list_artifacts(run.info.run_id)}
loaded = mlflow.pytorch.load_model(f"runs:/{run.info.run_id}/model")
assert torch.equal(loaded(xs), model.cpu()(xs))
report(run=run.info.run_id)
