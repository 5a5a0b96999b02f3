// What deploying a model writes: an endpoint, unless it is there, and a deployment, with a script where the model needs one.

import type { JsonObject } from '@lazurite/spec'
import { shellWord } from './shell.ts'

export type Sort = 'online' | 'batch'
/** `none`: the model brings all it needs; `write`: written on the page; `folder`: picked from this machine. */
export type Script = 'none' | 'write' | 'folder'

export interface Plan {
  /** `name:version`. */
  model: string
  sort: Sort
  endpoint: string
  isNew: boolean
  deployment: string
  instances: number
  environment: string
  script: Script
  /** What is written, for `write`. */
  code: string
  /** File of the folder that is started. */
  entry: string
  compute: string
  /** All calls go there; of a batch endpoint: it is the default. */
  first: boolean
}

/** Where the script lies beside the text; picked files stand under it. */
export const codeFolder = 'score'

export function deploymentOf(plan: Plan): JsonObject {
  const scripted = plan.script !== 'none'
  const common = {
    name: plan.deployment,
    endpoint_name: plan.endpoint,
    ...(plan.sort === 'batch' ? { type: 'model' } : {}),
    model: `azureml:${plan.model}`,
    ...(scripted ? { code_configuration: { code: `./${codeFolder}`, scoring_script: plan.entry } } : {}),
    ...(plan.environment === '' ? {} : { environment: plan.environment }),
  }
  if (plan.sort === 'online') return { ...common, instance_type: 'Standard_DS3_v2', instance_count: plan.instances }
  return {
    ...common,
    compute: plan.compute,
    resources: { instance_count: plan.instances },
    settings: { mini_batch_size: 10, output_action: 'append_row' },
  }
}

export function endpointOf({ sort, endpoint }: Plan): JsonObject {
  return sort === 'online' ? { name: endpoint, auth_mode: 'key' } : { name: endpoint }
}

/** A name that an endpoint may have, made of that of the model. */
export function endpointNameOf(model: string): string {
  const plain = (model.split(':')[0] ?? '').replace(/[^a-zA-Z0-9-]/g, '-').replace(/^[^a-zA-Z]+/, '')
  return plain.slice(0, 32).replace(/-+$/, '') || 'endpoint'
}

export function commandsOf({ sort, isNew, deployment, first }: Plan): string[] {
  const more = !first ? '' : sort === 'online' ? ' --all-traffic' : ' --set-default'
  return [
    ...(isNew ? [`laz ${sort}-endpoint create --file endpoint.yml`] : []),
    `laz ${sort}-deployment create --file ${shellWord(`${deployment}.yml`)}${more}`,
  ]
}

/** What a script begins as: it runs, and says what it was given. */
export const beginnings: Readonly<Record<Sort, string>> = {
  online: `import json
import os


def init():
    global folder
    folder = os.environ["AZUREML_MODEL_DIR"]
    # load the model here, once


def run(raw_data):
    rows = json.loads(raw_data)["data"]
    # answer with what the model says of the rows
    return {"rows": len(rows), "model": sorted(os.listdir(folder))}
`,
  batch: `import os


def init():
    global folder
    folder = os.environ["AZUREML_MODEL_DIR"]
    # load the model here, once


def run(mini_batch):
    # one row for every file
    return [f"{os.path.basename(path)},{os.path.getsize(path)}" for path in mini_batch]
`,
}
