/**
 * What runs on a compute instance beside its terminals, where it is installed: one entry a program. Each listens on the
 * loopback address alone and asks for a key of its own, which is made anew at every start of the instance.
 */
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

export interface ApplicationPlan {
  /** Short name; its log is `<name>.log`. */
  name: string
  displayName: string
  argv: string[]
  /** Added to its environment: no key stands on a command line. */
  env: Record<string, string>
  port: number
  key: string
  /** Path and query of its first page. `{key}` stands for the key. */
  path: string
  /** Answers a list of kernels, of which a busy one keeps the instance awake. */
  ask?: { url: string; headers: Record<string, string> }
}

interface Place {
  /** Absolute path of the program. */
  program: string
  port: number
  key: string
  /** The folder it shows first. */
  folder: string
}

interface Application {
  name: string
  displayName: string
  /** Programs that are it, the best first. */
  programs: readonly string[]
  plan(place: Place): Pick<ApplicationPlan, 'argv' | 'env' | 'path' | 'ask'>
}

const applications: readonly Application[] = [
  {
    name: 'jupyterlab',
    displayName: 'JupyterLab',
    programs: ['jupyter-lab'],
    plan: ({ program, port, key, folder }) => ({
      argv: [
        program,
        '--no-browser',
        '--allow-root',
        '--ip=127.0.0.1',
        `--port=${port}`,
        '--ServerApp.port_retries=0',
        `--ServerApp.root_dir=${folder}`,
      ],
      env: { JUPYTER_TOKEN: key },
      path: '/lab?token={key}',
      ask: { url: `http://127.0.0.1:${port}/api/kernels`, headers: { authorization: `token ${key}` } },
    }),
  },
  {
    name: 'vscode',
    displayName: 'VS Code',
    programs: ['code-server'],
    plan: ({ program, port, key, folder }) => ({
      argv: [
        program,
        `--bind-addr=127.0.0.1:${port}`,
        '--auth=password',
        '--disable-telemetry',
        '--disable-update-check',
        folder,
      ],
      env: { PASSWORD: key },
      path: '/',
    }),
  },
  {
    name: 'vscode',
    displayName: 'VS Code',
    programs: ['code'],
    plan: ({ program, port, key, folder }) => ({
      // the program offers a file for the key, but no variable; bash hands it over without a file or a command line
      argv: [
        'bash',
        '-c',
        'exec "$0" serve-web --accept-server-license-terms --host 127.0.0.1 --port "$1" --connection-token-file <(printf %s "$LAZ_KEY")',
        program,
        String(port),
      ],
      env: { LAZ_KEY: key },
      path: `/?folder=${encodeURIComponent(folder)}&tkn={key}`,
    }),
  },
]

export interface Found {
  name: string
  displayName: string
  program: string
  plan: Application['plan']
}

/** The applications that are installed along a PATH, one of each name. */
export function findApplications(path: string): Found[] {
  const found: Found[] = []
  for (const { name, displayName, programs, plan } of applications) {
    if (found.some((one) => one.name === name)) continue
    const program = programs.map((word) => findOnPath(word, path)).find((file) => file !== undefined)
    if (program !== undefined) found.push({ name, displayName, program, plan })
  }
  return found
}

function findOnPath(program: string, path: string): string | undefined {
  return path
    .split(delimiter)
    .map((folder) => join(folder, program))
    .find(isProgram)
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}
