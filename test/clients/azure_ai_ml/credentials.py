"""The ways by which azure-identity gets a token here, one after the other. Prints the audiences as one line of JSON."""

import base64
import json
import os
import sys

from azure.core.exceptions import ClientAuthenticationError
from azure.identity import DefaultAzureCredential, EnvironmentCredential, ManagedIdentityCredential

url = os.environ["IDENTITY_ENDPOINT"].rsplit("/msi", 1)[0]
secret = os.environ["IDENTITY_HEADER"]


def audience(credential, resource):
    token = credential.get_token(resource + "/.default").token
    part = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))["aud"]


def forget(*names):
    for name in names:
        del os.environ[name]


seen = {"app service": audience(ManagedIdentityCredential(), url)}
forget("IDENTITY_ENDPOINT", "IDENTITY_HEADER")
seen["workspace"] = audience(ManagedIdentityCredential(), "https://ml.azure.laz.test")
forget("MSI_ENDPOINT", "MSI_SECRET")
os.environ.update(AZURE_AUTHORITY_HOST=url, AZURE_TENANT_ID="adfs", AZURE_CLIENT_ID="me", AZURE_CLIENT_SECRET=secret)
seen["environment"] = audience(EnvironmentCredential(), url)
seen["default"] = audience(DefaultAzureCredential(), "https://management.azure.com")
try:
    audience(DefaultAzureCredential(), "https://vault.azure.net")
except ClientAuthenticationError as error:
    seen["elsewhere"] = "for itself alone" in str(error)
print(json.dumps(seen), file=sys.stderr)
