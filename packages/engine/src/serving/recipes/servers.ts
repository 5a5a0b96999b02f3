/** The programs that serve a scoring script: the inference server of the environment, or our driver. */
import { execFile } from 'node:child_process'
import { basename, dirname } from 'node:path'
import { promisify } from 'node:util'
import { quoteShell } from '../../computes/wrapper.ts'
import { ownPython } from '../../own-python.ts'
import type { ReplicaPlan } from '../recipe.ts'

const run = promisify(execFile)

const probe = `
from importlib.metadata import version
from importlib.util import find_spec
if not find_spec("gunicorn"): raise SystemExit(1)
print(version("azureml-inference-server-http"))
`

/** Version of azureml-inference-server-http in an environment; undefined when it has none that can be used. */
export async function inferenceServerOf(env: Record<string, string>, signal: AbortSignal): Promise<string | undefined> {
  try {
    const { stdout } = await run('python3', ['-I', '-c', probe], { env, cwd: '/', timeout: 30_000, signal })
    return stdout.trim() || undefined
  } catch {
    return undefined
  }
}

/**
 * The command that serves a script by the inference server. Its own program listens on all addresses; the server it
 * starts, told the rest as that program would, listens here alone.
 */
const inferenceServer = [
  'export SERVER_PORT="$LAZ_PORT" SERVER_HEALTH_PORT="$LAZ_PORT"',
  'preload=; [ "${WORKER_PRELOAD:-false}" = true ] && preload=--preload',
  'exec python3 -m gunicorn -b "127.0.0.1:$LAZ_PORT" -w "${WORKER_COUNT:-1}" --timeout "${WORKER_TIMEOUT:-300}"' +
    ' --access-logfile - --error-logfile /dev/null $preload azureml_inference_server_http.server.entry:app',
].join('\n')

/** What our script for models of MLflow is told: the folder of the model, and the addresses of MLflow's own server. */
export function variablesOfMlflow(folder: string | undefined): Record<string, string> {
  return {
    ...(folder === undefined ? {} : { MLFLOW_MODEL_FOLDER: folder }),
    LAZ_SCORE_ALIASES: '/invocations',
    LAZ_HEALTH_ALIASES: '/ping,/health',
  }
}

/** The command that serves a script by our driver. */
export function driver(script: string): string {
  const words = ['python3', ownPython('score_driver.py'), '--entry_script', script].map(quoteShell).join(' ')
  return `exec ${words} --port "$LAZ_PORT"`
}

/** How a script is served where the environment has this version of the inference server, or none. */
export function served(
  script: string,
  server: string | undefined,
): Pick<ReplicaPlan, 'cwd' | 'command' | 'env' | 'routes'> {
  return {
    cwd: dirname(script),
    command: server === undefined ? driver(script) : inferenceServer,
    env: {
      AML_APP_ROOT: dirname(script),
      AZUREML_ENTRY_SCRIPT: basename(script),
      ...(server === undefined ? {} : { HTTP_X_MS_SERVER_VERSION: `azmlinfsrv/${server}` }),
      PYTHONUNBUFFERED: '1',
    },
    routes: { score: '/score', live: '/', ready: '/' },
  }
}
