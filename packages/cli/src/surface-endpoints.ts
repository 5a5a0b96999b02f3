// Flags of endpoints and the deployments below them.
import {
  accepted,
  docName,
  type Filled,
  file,
  flag,
  list,
  named,
  noWait,
  requiredFile,
  type Surface,
  set,
  value,
} from './surface.ts'

const local = flag('local', 'On the server of this machine, whatever LAZ_URL names.')
const endpoint = value('endpoint-name', 'Endpoint it belongs to.', { short: 'e', key: 'endpoint_name' })
const itsEndpoint: Filled = { ...endpoint, required: true }
const page = flag('web', 'Print the page of it in the Studio, and open it where there is a browser.')
const skipScript = accepted('skip-script-validation', 'scripts are not looked into before they run')
const debugging = [
  accepted('local-enable-gpu', 'a process sees the GPUs of this machine as they are'),
  flag('vscode-debug', 'A debugger for --local. Refused here.', {
    refused: ['no editor is started for a deployment', 'Leave the flag out, and let the script call debugpy.listen.'],
  }),
] as const

export const endpoints: Readonly<Record<string, Surface>> = {
  'online-endpoint': {
    create: [
      file,
      docName,
      set,
      value('auth-mode', 'What callers show.', { key: 'auth_mode', choices: ['key', 'aml_token', 'aad_token'] }),
      local,
      { ...page, short: 'e' },
      noWait,
    ],
    list: [local],
    show: [local, { ...page, short: 'e' }],
    remove: [local],
    update: [
      file,
      list('traffic', 'Shares in percent: blue=90 green=10.', {
        short: 'r',
        key: 'traffic',
        word: 'NAME=N',
        whole: true,
      }),
      list('mirror-traffic', 'Copied shares in percent: green=10.', {
        key: 'mirror_traffic',
        word: 'NAME=N',
        whole: true,
      }),
      local,
      { ...page, short: 'e' },
      noWait,
    ],
    asks: true,
  },
  'online-deployment': {
    create: [
      requiredFile,
      docName,
      endpoint,
      set,
      flag('all-traffic', 'Give it all traffic of the endpoint.'),
      flag('package-model', 'Deploy a package of the model and its code.', { also: ['with-package'] }),
      skipScript,
      local,
      ...debugging,
      page,
      noWait,
    ],
    list: [itsEndpoint, local],
    show: [local, page],
    remove: [local],
    which: [named, itsEndpoint],
    update: [file, skipScript, local, ...debugging, page, noWait],
    asks: true,
  },
  'batch-endpoint': {
    create: [file, docName, set, noWait],
    list: [],
    update: [file, list('defaults', 'Defaults: deployment_name=blue.', { key: 'defaults', word: 'KEY=VALUE' }), noWait],
    asks: true,
  },
  'batch-deployment': {
    create: [
      requiredFile,
      docName,
      endpoint,
      set,
      flag('set-default', 'Make it the default deployment of the endpoint.'),
      skipScript,
      noWait,
    ],
    list: [itsEndpoint],
    which: [named, itsEndpoint],
    update: [file, noWait],
    asks: true,
  },
  'serverless-endpoint': {
    create: [file, docName, set, noWait],
    list: [],
    update: [noWait],
  },
  'marketplace-subscription': {
    create: [file, docName, set, noWait],
    list: [],
  },
}

export const endpointFlags = {
  credentials: [named],
  regenerate: [
    named,
    value('key-type', 'Which key.', { default: 'primary', choices: ['primary', 'secondary'] }),
    noWait,
  ],
  logs: [
    named,
    itsEndpoint,
    value('lines', 'The last lines.', { short: 'l', whole: true, default: '5000' }),
    value('container', 'Whose log.', { short: 'c', choices: ['inference-server', 'storage-initializer'] }),
    flag('follow', 'Go on printing what comes, until Ctrl-C.', { short: 'f' }),
    local,
  ],
  invoke: [
    named,
    value('deployment-name', 'Deployment instead of the shares.', { short: 'd' }),
    value('request-file', 'File that is sent.', { short: 'r', word: 'FILE', path: true }),
    local,
  ],
  invokeBatch: [
    named,
    value('deployment-name', 'Deployment instead of the default one.', { short: 'd' }),
    file,
    set,
    value('input', 'What is scored: a local path, a URI, a data asset.'),
    value('input-type', 'Type of --input.', { choices: ['uri_file', 'uri_folder', 'mltable'] }),
    value('inputs', 'Inputs by name.'),
    value('outputs', 'Outputs by name.'),
    value('output-path', 'Where results go.'),
    value('instance-count', 'Nodes.', { short: 'c', whole: true }),
    value('mini-batch-size', 'Files in one call.', { short: 'm' }),
    value('experiment-name', 'Experiment of the job.'),
    value('job-name', 'Name of the job.'),
  ],
  endpointJobs: [named],
  deploymentJobs: [named, itsEndpoint],
} as const

export const openAiFlags = [value('connection-name', 'Connection to the service.', { short: 'c', required: true })]
