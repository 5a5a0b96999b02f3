/**
 * What every part of the engine is handed: the store, the clock, the log, the dials. Built once by `startEngine`, passed
 * down by hand, so that a test can hand over its own clock, its own folder and its own backend.
 */
import type { Clock, Store } from '@lazurite/store'
import type { Backend } from './computes/backend.ts'

/** The few calls the engine makes on a logger; pino and the console both fit. Facts first, then one line of text. */
export interface Log {
  debug(facts: object, text: string): void
  info(facts: object, text: string): void
  warn(facts: object, text: string): void
  error(facts: object, text: string): void
}

export interface EngineSettings {
  /** Cores of this machine that jobs may use. */
  cores: number
  /** Memory of this machine that jobs may use, in MiB. */
  memoryMiB: number
  gpus: number
  /** How environments are realised: `auto` takes the best the machine has, the others force one way. */
  environment: 'auto' | 'venv' | 'host'
  /** Forbids the fall-back of curated environments to the host's Python. */
  strict: boolean
  /** Time a cancelled job has between the polite signal and the hard one. */
  graceMs: number
  /** The Python that `host` means; the first `python3` on PATH when absent. */
  python?: string
  /** The `spark-submit` of Spark jobs; absent, they bring a PySpark of their own. */
  sparkSubmit?: string
  /** Where Spark jobs run, as Spark writes it; cores of this machine when absent. */
  sparkMaster?: string
  /** How many rows are worked on at once. */
  concurrency: number
  /** How long a claimed row belongs to this process without a sign of life. */
  leaseMs: number
  /** The safety sweep of the loop; every ordinary wake is immediate. */
  sweepMs: number
  /** Lets http(s) inputs be read from this machine and from private networks. */
  privateHosts?: boolean
  /** Largest file that is fetched for an http(s) input. */
  maxDownloadBytes?: number
}

/** The backends that are open in this process, by name. */
interface Backends {
  get(name: string): Backend | undefined
  /** Opens it when it is not open. Raises NotSupported, and what keeps it from opening. */
  open(name: string): Promise<Backend>
  all(): Backend[]
}

export interface EngineContext {
  store: Store
  home: string
  clock: Clock
  log: Log
  settings: EngineSettings
  backends: Backends
  urls: {
    /** Where this server is reached from this machine, e.g. `http://127.0.0.1:8080`, no slash at the end. */
    base(): string
  }
  /** A bearer token that reaches only the run of `job`. `expiresAt` in epoch seconds. */
  tokenFor(scope: string, job: string, expiresAt: number): string
  /** Raised when the engine stops, or when the work this context was made for is no longer wanted. */
  signal: AbortSignal
}

export const quietLog: Log = { debug() {}, info() {}, warn() {}, error() {} }
