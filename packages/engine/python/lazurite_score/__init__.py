"""Serves a script with init() and run() over HTTP, with nothing but the standard library.

The contract is that of azureml-inference-server-http, for environments that do not have it: what a script finds, and what
its callers see, is the same; what runs inside is ours. The script runs on the main thread, one call at a time, as scripts
are written for; a thread of its own speaks HTTP, so that slow clients cost no time of the script and health is answered
while it works. WORKER_COUNT above 1 gives as many processes with the script, each with one call at a time.
"""

version = "1.0"
