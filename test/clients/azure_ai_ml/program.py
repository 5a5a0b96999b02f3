"""One of each noun of azure-ai-ml, with DefaultAzureCredential and environment variables alone.

Every step creates, lists, shows, updates, archives, restores or removes something, and compares every field that it
set with what comes back. One line of JSON on stderr at the end: the steps that went well, and those that did not.
Words on the command line choose steps by the beginning of their names.
"""

import assets  # noqa: F401, I001
import registries  # noqa: F401
import rooms  # noqa: F401 - importing a part runs its steps
import work  # noqa: F401
from harness import report

report()
