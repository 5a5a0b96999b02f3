"""What entry scripts of Azure ML import to log: from azureml_user.parallel_run import EntryScript."""
import logging
import os


class EntryScript:
    """One for each process. `logger` writes to logs/user/entry_script_log of the job."""

    _only = None

    def __new__(cls):
        if cls._only is None:
            cls._only = super().__new__(cls)
            cls._only._set_up()
        return cls._only

    def _set_up(self):
        node = os.environ.get("AZUREML_PARALLEL_NODE_ID", "node-0")
        process = os.environ.get("AZUREML_PARALLEL_PROCESS", "process000")
        logs = os.environ.get("AZUREML_PARALLEL_LOGS", "logs")
        self.log_dir = os.path.join(logs, "user", "entry_script_log", node)
        self.working_dir = os.getcwd()
        self.logger = logging.getLogger("EntryScript")
        self.logger.setLevel(os.environ.get("AZUREML_PARALLEL_LEVEL", "INFO"))
        os.makedirs(self.log_dir, exist_ok=True)
        handler = logging.FileHandler(os.path.join(self.log_dir, process + ".log.txt"), encoding="utf-8")
        handler.setFormatter(logging.Formatter("%(asctime)s|%(levelname)s|%(process)d|%(message)s"))
        self.logger.addHandler(handler)

    def set_logger(self, logger):
        self.logger = logger
