/**
 * What a replica of a deployment runs. A recipe turns a deployment into folders on disk and one command; it knows models,
 * code and environments, and nothing of replicas, ports in use or traffic. One file a recipe, one line in
 * `recipes/index.ts`.
 */
import type { Issue, JsonObject } from '@lazurite/spec'
import type { Row } from '@lazurite/store'
import type { EngineContext } from '../context.ts'

/** What there is to know about a deployment before anything is laid out. */
export interface DeploymentFacts {
  scope: string
  endpoint: string
  /** Without the name of its endpoint. */
  deployment: string
  /** Wire properties. */
  props: JsonObject
  /** The registered model; absent when it names none. */
  model?: Row
  /** Wire `modelType` of that, `custom_model` when it says nothing; absent without a model. */
  modelType?: string
  /** The registered environment; absent when it names none, and for names that are not registered (curated ones). */
  environment?: Row
}

export interface PlanAsk {
  ctx: EngineContext
  facts: DeploymentFacts
  /** Absolute folder of this revision, made and empty but for what an interrupted try left; all its replicas share it. */
  dir: string
  /** One line into the log of the deployment's preparation, which `get-logs --container storage-initializer` prints. */
  say(line: string): void
  /** Raised when nobody wants the plan any more. */
  signal: AbortSignal
}

/** Kept as JSON beside the revision: a server that comes back starts further replicas from it. */
export interface ReplicaPlan {
  /** Absolute working directory. */
  cwd: string
  /**
   * Bash. The port it must listen on, at 127.0.0.1 alone, stands in `$LAZ_PORT`, a folder of the replica's own in
   * `$LAZ_REPLICA_DIR`, its name in `$LAZ_REPLICA`. It ends with `exec`, so that the signal to end reaches the server.
   */
  command: string
  /** On top of the backend's own: PATH of the environment, AZUREML_MODEL_DIR, the user's variables. */
  env: Record<string, string>
  routes: {
    /** Path that scoring calls go to, e.g. `/score`. */
    score: string
    /** Path whose 2xx answer says that it lives. */
    live: string
    /** Path whose 2xx answer says that it can score. */
    ready: string
  }
  /** Further paths below the endpoint's address are passed on as they are: custom containers, KServe v2. */
  passes?: boolean
}

export interface Recipe {
  name: string
  /** It runs a Python script on this machine, which can collect what it sees. */
  collects?: true
  /** The first recipe of the register that fits makes the plan. */
  fits(facts: DeploymentFacts): boolean
  /** What is wrong with it, told at the door: errors refuse it, warnings are shown. Must not touch the disk. */
  admit(facts: DeploymentFacts, ctx: EngineContext): Issue[] | Promise<Issue[]>
  /** May be repeated in the same folder. Raises errors of the table: ResourceNotFound, EnvironmentFailed, NotSupported. */
  plan(ask: PlanAsk): Promise<ReplicaPlan>
}
