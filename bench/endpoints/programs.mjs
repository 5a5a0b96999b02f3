// The model, the scripts and the files that the benchmarks of endpoints are run with.
import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export const rows = 100_000
/** One row of what the model takes. */
export const row = [0.1, -0.2, 0.3, 0.4]

const train = `
import os, sys
import mlflow.sklearn, numpy as np
from mlflow.models import infer_signature
from sklearn.linear_model import LogisticRegression
rng = np.random.default_rng(7)
x = rng.normal(size=(1000, 4)); y = (x.sum(axis=1) > 0).astype(int)
model = LogisticRegression().fit(x, y)
mlflow.sklearn.save_model(model, os.path.join(sys.argv[1], 'mlflow'), signature=infer_signature(x, model.predict(x)))
import joblib
for name in ('bento', 'mlserver', 'plain'):
    os.makedirs(os.path.join(sys.argv[1], name), exist_ok=True)
    joblib.dump(model, os.path.join(sys.argv[1], name, 'model.joblib'))
os.makedirs(os.path.join(sys.argv[1], 'rows'), exist_ok=True)
for part in range(100):
    np.savetxt(os.path.join(sys.argv[1], 'rows', '%03d.csv' % part), rng.normal(size=(${rows / 100}, 4)), delimiter=',', fmt='%.6f')
`

const echo = `
import json
def init(): pass
def run(data): return json.loads(data)
`

const batchScript = `
import os
import joblib, numpy as np, pandas as pd
def init():
    global model
    model = joblib.load(os.path.join(os.environ['AZUREML_MODEL_DIR'], 'plain', 'model.joblib'))
def run(files):
    return pd.concat(pd.DataFrame({'file': os.path.basename(f), 'y': model.predict(np.loadtxt(f, delimiter=','))}) for f in files)
`

const plainLoop = `
import os, sys
import joblib, numpy as np, pandas as pd
folder, target = sys.argv[1:]
model = joblib.load(os.path.join(folder, 'plain', 'model.joblib'))
found = []
for name in sorted(os.listdir(os.path.join(folder, 'rows'))):
    found.append(pd.DataFrame({'file': name, 'y': model.predict(np.loadtxt(os.path.join(folder, 'rows', name), delimiter=','))}))
pd.concat(found).to_csv(target, header=False, index=False, sep=' ')
`

const bento = `
import bentoml, joblib
import numpy as np
@bentoml.service(workers=1)
class Rows:
    def __init__(self): self.model = joblib.load('model.joblib')
    @bentoml.api
    def predict(self, rows: np.ndarray) -> np.ndarray: return self.model.predict(rows)
`

/** The script of an endpoint without a model: what is sent comes back. */
export function layEcho(folder) {
  mkdirSync(join(folder, 'echo'), { recursive: true })
  writeFileSync(join(folder, 'echo', 'score.py'), echo)
}

/** Trains the model with the Python of `bin`, and writes it as every server wants it, with the rows of a batch. */
export function layOut(folder, bin) {
  execFileSync(join(bin, 'python3'), ['-c', train, folder], { cwd: folder, stdio: 'ignore' })
  for (const [file, text] of Object.entries({
    'batch/score.py': batchScript,
    'loop.py': plainLoop,
    'bento/service.py': bento,
    'mlserver/model-settings.json': JSON.stringify({
      name: 'rows',
      implementation: 'mlserver_sklearn.SKLearnModel',
      parameters: { uri: './model.joblib' },
    }),
  })) {
    mkdirSync(join(folder, file, '..'), { recursive: true })
    writeFileSync(join(folder, file), text)
  }
}
