"""The workspace that the environment points at, as `laz connect python` prints it, for programs with azure-ai-ml."""

import os

from azure.ai.ml import MLClient
from azure.identity import DefaultAzureCredential

ml = MLClient(
    DefaultAzureCredential(),
    os.environ["AZURE_SUBSCRIPTION_ID"],
    os.environ["AZURE_DEFAULTS_GROUP"],
    os.environ["AZURE_DEFAULTS_WORKSPACE"],
)
