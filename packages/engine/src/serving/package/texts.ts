/** The texts that a model package brings: how it is started, built into an image, and read by people. */
import { quoteShell } from '../../computes/wrapper.ts'
import { variablesOfMlflow } from '../recipes/servers.ts'

/** Where an environment that stands for a package says so, among its properties. */
export const packageKey = 'lazurite.package'
/** The environment that one without an image or a conda file of its own runs in. */
export const baseKey = 'lazurite.base'

/** What is written into a package, and read again by whoever serves it. */
export interface Manifest {
  format: 1
  /** `script`: the user's own; `mlflow`: ours, for a model of MLflow. */
  kind: 'script' | 'mlflow'
  /** Path of the script, from the root of the package. */
  script: string
  model: { name: string; version: string; last: string }
  variables: Record<string, string>
  /** Python that the packages want, e.g. `3.10`; absent when they do not say. */
  python?: string
  /** What the image is made from. */
  image: string
}

export const modelFolder = ({ model }: Manifest): string => `azureml-models/${model.name}/${model.version}`

/** `3.11` of `3.11`, `==3.11.7.*`, `=3.11`; undefined for a condition that leaves it open. */
export function minorOf(python: string | undefined): string | undefined {
  return /^(?:==?|~=)?\s*(3\.\d+)/.exec(python ?? '')?.[1]
}

/** `start.sh`: makes the environment the first time, and becomes the server. */
export function startScript(manifest: Manifest): string {
  const { kind, script, model, variables, python } = manifest
  const own = Object.entries(variables).map(
    ([name, value]) => `[ -n "\${${name}+set}" ] || export ${name}=${quoteShell(value)}`,
  )
  const exact = minorOf(python)
  return `#!/usr/bin/env bash
# Serves ${model.name}:${model.version}: bash start.sh
#   PORT (5001), HOST (127.0.0.1)  where it listens
#   PYTHON                         the Python that the environment is made of
#   VENV                           where the environment is kept (.venv beside this file); "none" takes PYTHON as it is
# bash start.sh --prepare makes the environment and ends.
set -euo pipefail
here=$(cd "$(dirname "\${BASH_SOURCE[0]}")" && pwd)
python=\${PYTHON:-$(command -v ${exact === undefined ? '' : `python${exact} || command -v `}python3)}
venv=\${VENV:-$here/.venv}
if [ -s "$here/requirements.txt" ] && [ "$venv" != none ]; then
  if ! cmp -s "$here/requirements.txt" "$venv/made-of.txt"; then
    "$python" -m venv --clear "$venv"
    "$venv/bin/python3" -m pip install --quiet --disable-pip-version-check -r "$here/requirements.txt"
    cp "$here/requirements.txt" "$venv/made-of.txt"
  fi
  export PATH="$venv/bin:$PATH"
  python=$venv/bin/python3
fi
[ "\${1:-}" != --prepare ] || exit 0
${own.join('\n')}
host=\${HOST:-127.0.0.1} port=\${PORT:-5001}
export AZUREML_MODEL_DIR="$here/"${quoteShell(`azureml-models/${model.name}/${model.version}`)}
export AZUREML_ENTRY_SCRIPT="$here/"${quoteShell(script)} PYTHONUNBUFFERED=1
AML_APP_ROOT=$(dirname "$AZUREML_ENTRY_SCRIPT")
export AML_APP_ROOT SERVER_PORT=$port SERVER_HEALTH_PORT=$port
${kind === 'mlflow' ? `export ${assigned(variablesOfMlflow(model.last))}\n` : ''}cd "$AML_APP_ROOT"
if "$python" -c 'import azureml_inference_server_http, gunicorn' 2>/dev/null; then
  exec "$python" -m gunicorn -b "$host:$port" -w "\${WORKER_COUNT:-1}" --timeout "\${WORKER_TIMEOUT:-300}" \\
    --access-logfile - --error-logfile /dev/null azureml_inference_server_http.server.entry:app
fi
exec "$python" "$here/server/score_driver.py" --entry_script "$AZUREML_ENTRY_SCRIPT" --host "$host" --port "$port"
`
}

const assigned = (variables: Record<string, string>) =>
  Object.entries(variables)
    .map(([name, value]) => `${name}=${quoteShell(value)}`)
    .join(' ')

export function dockerfile({ image }: Manifest): string {
  // images of others may end with a user who must not write here
  return `FROM ${image}
${image.startsWith('python:') ? '' : 'USER root\n'}WORKDIR /package
COPY . /package
RUN bash start.sh --prepare
ENV HOST=0.0.0.0 PORT=5001
EXPOSE 5001
CMD ["bash", "start.sh"]
`
}

export function readme(manifest: Manifest, environment: string): string {
  const { model, kind, script } = manifest
  return `# ${environment}

The model ${model.name}:${model.version}, ${kind === 'mlflow' ? 'a model of MLflow' : `the scoring script \`${script}\``}, and \
what they need. Anywhere with Python 3 and bash:

    PORT=5001 bash start.sh
    curl -d @request.json -H 'content-type: application/json' http://127.0.0.1:5001/score

The first start installs \`requirements.txt\` into \`.venv\`; \`GET /\` answers when the model is ready. Nothing asks for a \
key: put it behind something that does. With a container engine: \`docker build -t ${environment} .\` and \
\`docker run -p 5001:5001 ${environment}\`.

| | |
|---|---|
| \`azureml-models/\` | the model, as \`AZUREML_MODEL_DIR\` has it |
${kind === 'mlflow' ? '' : '| `code/` | the code of the scoring script |\n'}| \`requirements.txt\`, \`conda.yaml\` | what is installed, and what that was made of |
| \`server/\` | the server of scoring scripts, for environments without azureml-inference-server-http |
| \`package.json\` | what this package is made of, for programs |
`
}
