/**
 * The environment variables a training script may rely on, by the names Azure ML gives them. Nothing of the server's own
 * environment is in here, and no secret but the token of this one run.
 */
import type { Workspace } from './reconcile/workspace.ts'
import { artifactsPath, type RunFolder } from './run-folder.ts'
import { linesOf } from './telemetry/source.ts'

export interface RunFacts {
  workspace: Workspace
  /** Where the server answers, without a slash at the end. */
  base: string
  job: string
  rootRun: string
  experiment: { id: string; name: string }
  uuid: string
  attempt: number
  token: string
  /** Epoch seconds. */
  tokenExpiry: number
  compute: { name: string; node: string; nodes: number; gpus: number[]; size: string }
  framework: string
  folder: RunFolder
  /** What the command sees for data inputs: a path, or the URI of a direct one. */
  inputs: Record<string, string>
  literals: Record<string, string>
  outputs: Record<string, string>
}

/** Variables of every process of the job; ranks are added by `processes`. */
export function runVariables(facts: RunFacts): Record<string, string> {
  return {
    ...dataVariables(facts),
    ...coreVariables(facts),
    ...mlflowVariables(facts),
    ...runtimeVariables(facts),
  }
}

function coreVariables({ workspace, base, job, rootRun, experiment, token, tokenExpiry }: RunFacts) {
  const { id, armId, guid } = workspace
  return {
    AZUREML_RUN_ID: job,
    AZUREML_ROOT_RUN_ID: rootRun,
    AZUREML_RUN_TOKEN: token,
    AZUREML_RUN_TOKEN_EXPIRY: String(tokenExpiry),
    AZUREML_EXPERIMENT_ID: experiment.id,
    AZUREML_EXPERIMENT_NAME: experiment.name,
    AZUREML_EXPERIMENT_SCOPE: `${armId}/experiments/${experiment.name}`,
    AZUREML_WORKSPACE_ID: guid,
    AZUREML_WORKSPACE_SCOPE: armId,
    AZUREML_ARM_SUBSCRIPTION: id.subscription,
    AZUREML_ARM_RESOURCEGROUP: id.resourceGroup,
    AZUREML_ARM_WORKSPACE_NAME: id.workspace,
    AZUREML_ARM_PROJECT_NAME: experiment.name,
    AZUREML_SERVICE_ENDPOINT: base,
    AZUREML_RUN_HISTORY_SERVICE_ENDPOINT: base,
    AZUREML_DISCOVERY_SERVICE_ENDPOINT: `${base}/discovery`,
  }
}

function mlflowVariables({ workspace, base, job, experiment, token }: RunFacts) {
  return {
    // http on purpose: stock mlflow understands it, and azureml-mlflow leaves it alone
    MLFLOW_TRACKING_URI: `${base}/mlflow/v2.0${workspace.armId}`,
    MLFLOW_TRACKING_TOKEN: token,
    MLFLOW_RUN_ID: job,
    MLFLOW_EXPERIMENT_ID: experiment.id,
    MLFLOW_EXPERIMENT_NAME: experiment.name,
    MLFLOW_DISABLE_TELEMETRY: 'true',
    DO_NOT_TRACK: 'true',
    GIT_PYTHON_REFRESH: 'quiet',
  }
}

function dataVariables({ inputs, literals, outputs }: RunFacts): Record<string, string> {
  const variables: Record<string, string> = {}
  const set = (name: string, value: string) => {
    if (/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) variables[name] = value
  }
  for (const [name, path] of Object.entries(outputs)) if (!reserved.test(name)) set(name, path)
  for (const [name, path] of Object.entries(inputs)) {
    set(`AZURE_ML_INPUT_${name}`, path)
    set(`AZUREML_DATAREFERENCE_${name}`, path)
  }
  for (const [name, value] of Object.entries(literals)) {
    set(`AZURE_ML_INPUT_${name}`, value)
    set(`AZUREML_PARAMETER_${name}`, value)
  }
  for (const [name, path] of Object.entries(outputs)) set(`AZURE_ML_OUTPUT_${name}`, path)
  variables.AZUREML_DATASET_FILE_OUTPUTS = Object.keys(outputs).join(',')
  return variables
}

/** Names that steer the shell, the loader or Python: an output called so gets no variable of its bare name. */
const reserved =
  /^(PATH|HOME|SHELL|USER|LOGNAME|PWD|OLDPWD|IFS|ENV|BASH.*|SHELLOPTS|PS\d|TERM|TZ|LANG|LC_.*|TMPDIR|LD_.*|DYLD_.*|PYTHON.*|VIRTUAL_ENV|CONDA_.*|AZURE.*|MLFLOW_.*|LAZ_.*|CUDA_.*|NVIDIA_.*|(https?|no|all)_proxy)$/i

function runtimeVariables(facts: RunFacts) {
  const { compute, folder, framework, attempt, uuid } = facts
  return {
    AZUREML_CR_AZUREML_CONTEXT: JSON.stringify(azuremlContext(facts)),
    AZUREML_CR_COMPUTE_CONTEXT: JSON.stringify({
      cluster_name: compute.name,
      readable_cluster_name: compute.name,
      node_id: compute.node,
      vm_id: compute.node,
      run_attempt_count: attempt,
      gpu_count: compute.gpus.length,
      vm_size: compute.size,
      vm_priority: 'dedicated',
    }),
    AZUREML_CR_EXECUTION_WORKING_DIR_PATH: folder.wd,
    AZUREML_CR_DATA_CAPABILITY_PATH: folder.data,
    AZUREML_CR_CORRELATION_ID: uuid,
    AZUREML_CR_HT_CAP_user_logs_PATH: `${folder.artifacts}/user_logs`,
    AZUREML_CR_HT_CAP_azureml_logs_PATH: `${folder.artifacts}/azureml-logs`,
    AZUREML_CR_HT_CAP_logs_PATH: `${folder.wd}/logs`,
    AZUREML_CR_HT_CAP_outputs_PATH: `${folder.wd}/outputs`,
    LAZ_METRICS: linesOf(folder.attempt),
    LAZ_ARTIFACTS: folder.artifacts,
    AZUREML_NODE_COUNT: String(compute.nodes),
    AZUREML_FRAMEWORK: framework,
    AZUREML_JOB_TASK_ERROR_PATH: `${folder.attempt}/error.json`,
    _AZUREML_CR_ERROR_JSON_FILE: `${folder.attempt}/error.json`,
    AZ_BATCHAI_CLUSTER_NAME: compute.name,
    AZ_BATCHAI_JOB_WORK_DIR: folder.wd,
    AZ_BATCHAI_GPU_COUNT_FOUND: String(compute.gpus.length),
    ...(compute.gpus.length > 0
      ? { CUDA_VISIBLE_DEVICES: compute.gpus.join(','), NVIDIA_VISIBLE_DEVICES: compute.gpus.join(',') }
      : {}),
    PYTHONUNBUFFERED: '1',
  }
}

function azuremlContext({ workspace, base, job, rootRun, experiment, uuid, token }: RunFacts) {
  return {
    subscription_id: workspace.id.subscription,
    resource_group: workspace.id.resourceGroup,
    workspace_name: workspace.id.workspace,
    workspace_id: workspace.guid,
    service_endpoint: base,
    discovery_endpoint: `${base}/discovery`,
    run_history_service_endpoint: base,
    experiment_name: experiment.name,
    experiment_id: experiment.id,
    root_run_id: rootRun,
    run_id: job,
    run_uuid: uuid,
    run_token: token,
    data_container_id: artifactsPath(job).slice('ExperimentRun/'.length),
  }
}
