// The rows of the error table. A retired code stays here as a comment so that it is never reused.

export interface ErrorRow {
  readonly http: number
  /** error.code of the ARM face. */
  readonly arm: string
  /** error_code of the MLflow face. */
  readonly mlflow: string
  /** x-ms-error-code of the blob face. */
  readonly blob: string
  /** The sentence, with {fact} holes. */
  readonly text: string
  /** How to mend it, with {fact} holes. */
  readonly hint?: string
}

const invalid = { arm: 'UserError', mlflow: 'INVALID_PARAMETER_VALUE', blob: 'InvalidInput' } as const
const absent = {
  http: 404,
  arm: 'ResourceNotFound',
  mlflow: 'RESOURCE_DOES_NOT_EXIST',
  blob: 'ResourceNotFound',
} as const
const conflict = {
  http: 409,
  arm: 'Conflict',
  mlflow: 'RESOURCE_ALREADY_EXISTS',
  blob: 'ResourceAlreadyExists',
} as const
const denied = {
  http: 403,
  arm: 'AuthorizationFailed',
  mlflow: 'PERMISSION_DENIED',
  blob: 'AuthorizationFailure',
} as const
const broken = { http: 500, arm: 'InternalServerError', mlflow: 'INTERNAL_ERROR', blob: 'InternalError' } as const
const busy = { ...broken, http: 503, arm: 'ServerBusy', mlflow: 'TEMPORARILY_UNAVAILABLE', blob: 'ServerBusy' } as const

/** Every error of the house, once: code → HTTP status, the word each dialect has for it, the sentence people read. */
export const rows = {
  // what was asked for is not there, or already is
  ResourceNotFound: {
    ...absent,
    text: 'There is no {kind} named {name}.',
    hint: 'List what exists with: laz {kind} list',
  },
  VersionNotFound: { ...absent, text: 'The {kind} {name} has no version {version}.' },
  RouteNotFound: { ...absent, arm: 'NotFound', mlflow: 'ENDPOINT_NOT_FOUND', text: 'Nothing answers {method} {path}.' },
  ArtifactNotFound: { ...absent, arm: 'NotFound', text: 'There is no artifact at {path}.' },
  BlobNotFound: { ...absent, blob: 'BlobNotFound', text: 'The blob {name} does not exist.' },
  ContainerNotFound: { ...absent, blob: 'ContainerNotFound', text: 'The container {name} does not exist.' },
  FileNotFound: { ...absent, text: '{path} does not exist.' },
  ResourceExists: { ...conflict, text: 'A {kind} named {name} already exists.' },
  VersionConflict: {
    ...conflict,
    text: 'Version {version} of the {kind} {name} exists with other content: {difference}.',
    hint: 'A version never changes once made. Leave the version out to get the next one, or give another.',
  },
  NotRunning: { ...conflict, text: 'The compute {name} is {state}.', hint: 'Start it: laz compute start -n {name}.' },
  ResourceInUse: { ...conflict, text: 'The {kind} {name} is in use: {by}.', hint: '{instead}' },
  BlobAlreadyExists: { ...conflict, blob: 'BlobAlreadyExists', text: 'The blob {name} already exists.' },
  ContainerAlreadyExists: { ...conflict, blob: 'ContainerAlreadyExists', text: 'The container {name} already exists.' },
  ParamChanged: {
    ...conflict,
    http: 400,
    mlflow: 'INVALID_PARAMETER_VALUE',
    text: "The parameter {key} of run {run} is '{old}' and cannot become '{new}': a parameter is written once.",
    hint: 'Log it under another key, or start another run.',
  },

  // tracking: the sentences MLflow users know
  RunNotFound: { ...absent, text: 'Run with id={run} not found.' },
  RunDeleted: {
    ...conflict,
    http: 400,
    mlflow: 'INVALID_PARAMETER_VALUE',
    text: "The run {run} must be in the 'active' state. Current state is deleted.",
  },
  ExperimentNotFound: { ...absent, text: 'No Experiment with id={experiment} exists.' },
  ExperimentNameNotFound: { ...absent, text: "Could not find experiment with name '{name}'." },
  ExperimentDeleted: {
    ...conflict,
    http: 400,
    mlflow: 'INVALID_PARAMETER_VALUE',
    text: "The experiment {experiment} must be in the 'active' state. Current state is deleted.",
  },
  ExperimentExists: {
    ...conflict,
    text: 'Experiment(name={name}) already exists.',
    hint: 'A deleted experiment keeps its name: restore it, or choose another name.',
  },
  TagNotFound: { ...absent, text: 'No tag with name: {key} in {of} with id {id}.' },
  RegisteredModelNotFound: { ...absent, text: 'Registered Model with name={name} not found.' },
  RegisteredModelExists: { ...conflict, text: 'Registered Model (name={name}) already exists.' },
  ModelVersionNotFound: { ...absent, text: 'Model Version (name={name}, version={version}) not found.' },
  LoggedModelNotFound: { ...absent, text: 'Logged model with ID {model} not found.' },
  TraceNotFound: { ...absent, text: "Trace with ID '{trace}' not found." },
  TraceNotComplete: {
    ...absent,
    text: 'Trace with ID {trace} is not fully exported yet, please try again later.',
  },
  TraceTagNotFound: { ...absent, text: "No trace tag with key '{key}' for trace with ID '{trace}'." },
  AssessmentNotFound: { ...absent, text: "Assessment with ID '{assessment}' not found for trace '{trace}'." },

  // the caller's words do not make sense
  ValidationFailed: { ...invalid, http: 400, arm: 'ValidationError', text: 'The {kind} is not valid.' },
  BadArgument: { ...invalid, http: 400, arm: 'BadArgument', text: '{what}' },
  InvalidJson: { ...invalid, http: 400, mlflow: 'BAD_REQUEST', text: 'The body is not JSON: {why}.' },
  InvalidYaml: { ...invalid, http: 400, text: 'The file is not YAML: {why}.' },
  InvalidName: { ...invalid, http: 400, text: "'{name}' cannot be the name of a {kind}: {why}." },
  NotSupported: {
    ...invalid,
    http: 400,
    arm: 'NotSupported',
    mlflow: 'NOT_IMPLEMENTED',
    blob: 'UnsupportedHeader',
    text: '{what} is not supported: {why}.',
    hint: '{instead}',
  },
  PathNotAllowed: {
    ...invalid,
    http: 400,
    blob: 'InvalidUri',
    text: 'The path {path} leaves the place it must stay in, or holds characters a path must not have.',
  },
  PathConflict: {
    ...conflict,
    text: '{path} is both a file and a folder.',
    hint: 'Delete one of the two, or write under another name.',
  },
  PathNotFound: { ...absent, text: 'There is nothing at {path}.' },
  PathAlreadyExists: { ...conflict, text: 'There is something at {path} already.' },
  FolderNotEmpty: {
    ...conflict,
    blob: 'DirectoryNotEmpty',
    text: 'The folder {path} is not empty.',
    hint: 'Delete it with all below, or empty it first.',
  },
  TooLarge: {
    ...invalid,
    http: 413,
    arm: 'RequestEntityTooLarge',
    mlflow: 'REQUEST_LIMIT_EXCEEDED',
    blob: 'RequestBodyTooLarge',
    text: '{what} is larger than {limit}.',
  },
  UnsupportedMediaType: {
    ...invalid,
    http: 415,
    arm: 'UnsupportedMediaType',
    mlflow: 'BAD_REQUEST',
    text: 'A body of type {type} is not read here.',
  },
  InvalidRange: {
    ...invalid,
    http: 416,
    blob: 'InvalidRange',
    text: 'The range asked for lies outside the {size} bytes there are.',
  },
  Md5Mismatch: {
    ...invalid,
    http: 400,
    blob: 'Md5Mismatch',
    text: 'The bytes received do not have the MD5 sent with them.',
    hint: 'Send them again.',
  },
  InvalidBlockList: {
    ...invalid,
    http: 400,
    blob: 'InvalidBlockList',
    text: 'The block list names a block that was never sent: {block}.',
  },
  MissingHeader: { ...invalid, http: 400, blob: 'MissingRequiredHeader', text: 'The header {header} is missing.' },
  InvalidHeaderValue: {
    ...invalid,
    http: 400,
    blob: 'InvalidHeaderValue',
    text: 'The header {header} is not understood: {what}.',
  },
  InvalidQueryParameter: {
    ...invalid,
    http: 400,
    blob: 'InvalidQueryParameterValue',
    text: 'The query parameter {parameter} is not understood: {what}.',
  },
  BadUri: { ...invalid, http: 400, blob: 'InvalidUri', text: 'The address is not understood: {what}.' },
  InvalidXmlDocument: {
    ...invalid,
    http: 400,
    blob: 'InvalidXmlDocument',
    text: 'The XML of the body is not understood: {what}.',
  },
  Crc64Mismatch: {
    ...invalid,
    http: 400,
    blob: 'Crc64Mismatch',
    text: 'The bytes received do not have the CRC64 sent with them.',
    hint: 'Send them again.',
  },
  OperationNotSupported: {
    ...invalid,
    http: 400,
    arm: 'NotSupported',
    mlflow: 'NOT_IMPLEMENTED',
    blob: 'UnsupportedOperation',
    text: '{what} is not supported: {why}.',
    hint: '{instead}',
  },
  ArchiveRefused: {
    ...invalid,
    http: 400,
    text: 'The archive was refused at {entry}: {why}. Nothing of it was kept.',
    hint: 'Pack only files and folders, by names inside the folder.',
  },
  MethodNotAllowed: {
    ...invalid,
    http: 405,
    arm: 'MethodNotAllowed',
    blob: 'UnsupportedHttpVerb',
    text: '{method} is not allowed on {path}.',
  },
  InvalidTransition: {
    ...conflict,
    arm: 'Conflict',
    mlflow: 'INVALID_STATE',
    text: 'What is {from} cannot become {to}.',
  },
  PreconditionFailed: {
    ...conflict,
    http: 412,
    arm: 'PreconditionFailed',
    mlflow: 'INVALID_STATE',
    blob: 'ConditionNotMet',
    text: 'It changed since you last read it.',
    hint: 'Read it again and repeat the change.',
  },
  JobNotFinal: {
    ...conflict,
    mlflow: 'INVALID_STATE',
    text: 'The job {name} is still {state}.',
    hint: 'Wait for it with: laz job stream -n {name}',
  },
  SnapshotIntegrity: {
    ...conflict,
    mlflow: 'INVALID_STATE',
    text: 'The code {name} no longer has the content it was registered with; it was not run.',
    hint: 'Register the code again by submitting the job again.',
  },
  CodeMismatch: { ...conflict, text: 'The code {name} exists with another content hash.' },

  // who is asking
  Unauthorized: {
    ...denied,
    http: 401,
    arm: 'InvalidAuthenticationToken',
    mlflow: 'UNAUTHENTICATED',
    blob: 'NoAuthenticationInformation',
    text: 'The request carries no valid token.',
    hint: 'The token is in the file `token` of the home folder; `laz` reads it by itself.',
  },
  TooManyTries: {
    ...denied,
    http: 429,
    arm: 'TooManyRequests',
    text: 'There were too many tries with a wrong secret.',
    hint: 'Wait {seconds} seconds; `laz connect` prints the right one.',
  },
  Forbidden: { ...denied, text: 'The token does not reach {what}.' },
  PermissionMismatch: {
    ...denied,
    blob: 'AuthorizationPermissionMismatch',
    text: 'The signature or token does not allow to {what}.',
  },
  AuthenticationFailed: {
    ...denied,
    blob: 'AuthenticationFailed',
    text: 'The signature of the request is missing, wrong or expired.',
  },
  HostRefused: {
    ...denied,
    http: 421,
    arm: 'HostRefused',
    text: 'The server does not answer for the host {host}.',
    hint: 'Use the address that `laz status` prints.',
  },
  OriginRefused: { ...denied, text: 'A page from {origin} may not call this server.' },

  // the world
  InsufficientStorage: {
    ...broken,
    http: 507,
    arm: 'InsufficientStorage',
    text: 'The disk that holds {path} is full.',
    hint: 'Free some space; nothing acknowledged was lost.',
  },
  ModelFailed: {
    ...broken,
    http: 424,
    arm: 'ModelError',
    text: 'The model behind {endpoint} answered with status {status}: {said}',
    hint: 'Its log says why: laz online-deployment get-logs -n {deployment} -e {endpoint}',
  },
  ServerBusy: {
    ...busy,
    text: 'The server is busy with {what}.',
    hint: 'Try again in a moment.',
  },
  Stopping: { ...busy, text: 'The server is stopping.' },
  DatabaseCorrupt: {
    ...broken,
    text: 'The database {path} is damaged: {why}.',
    hint: 'Move it away and put a backup in its place; the blobs and logs beside it are plain files and unharmed.',
  },
  DatabaseTooNew: {
    ...broken,
    text: 'The database {path} was written by a newer Lazurite (schema {found}, this one knows {known}).',
    hint: 'Start the newer version again.',
  },
  HomeInUse: {
    ...broken,
    http: 409,
    arm: 'Conflict',
    text: 'Another server (process {pid}) uses the home folder {path}.',
    hint: 'Stop it with `laz down`, or set LAZ_HOME to another folder.',
  },
  HomeUnusable: {
    ...broken,
    text: 'The home folder {path} cannot be used: {why}.',
    hint: 'Set LAZ_HOME to a folder you can write to.',
  },
  CertificateUnusable: {
    ...broken,
    text: 'The certificate file {path} cannot be used: {why}.',
    hint: 'Put a backup back; or move the folder tls away, start with `laz up --tls`, and point clients here: `laz connect`.',
  },
  PortInUse: {
    ...broken,
    http: 409,
    arm: 'Conflict',
    text: 'The port {port} is taken by another program.',
    hint: 'Choose another with --port (for https: --tls-port), or 0 for any free one.',
  },
  SecretUnreadable: {
    ...broken,
    text: 'The secret {name} was sealed with another key file.',
    hint: 'Put the former file `key` back into the home folder, or set the secret again.',
  },
  ServerUntrusted: {
    ...broken,
    text: 'The certificate of {url} is not trusted: {why}.',
    hint: 'Set NODE_EXTRA_CA_CERTS to tls/ca.pem of its home folder, as `laz connect js` prints it; or use its http address.',
  },
  ServerUnreachable: {
    ...broken,
    http: 503,
    arm: 'ServerUnreachable',
    text: 'No server answers at {url}.',
    hint: 'Start one with: laz up',
  },
  Timeout: {
    ...broken,
    http: 504,
    arm: 'GatewayTimeout',
    mlflow: 'TEMPORARILY_UNAVAILABLE',
    text: '{what} took longer than {limit}.',
  },
  Unreachable: { ...broken, http: 502, arm: 'BadGateway', text: '{url} cannot be reached: {why}.' },
  InternalError: {
    ...broken,
    text: 'Something went wrong inside the server; its log has the details under request {request}.',
  },

  // a job's own ends, kept in its status
  UserError: {
    ...invalid,
    http: 400,
    text: 'The command ended with exit code {exitCode}.',
    hint: 'Its last lines are in user_logs/std_log.txt.',
  },
  KilledBySignal: { ...invalid, http: 400, text: 'The process was ended by signal {signal}.' },
  OutOfMemory: {
    ...invalid,
    http: 400,
    text: 'The process was ended because it used more memory than {limit}.',
    hint: 'Ask for a larger instance type, or use less.',
  },
  JobTimeout: {
    ...invalid,
    http: 400,
    text: 'The job ran longer than its limit of {limit}.',
    hint: 'Raise limits.timeout.',
  },
  InputMissing: { ...invalid, http: 400, text: 'The input {input} points at {uri}, where there is nothing.' },
  OutputMissing: { ...invalid, http: 400, text: 'The job ended without writing its output {output}.' },
  EnvironmentFailed: { ...invalid, http: 400, text: 'The environment {name} could not be prepared: {why}.' },
  NoCapacity: { ...invalid, http: 400, text: 'No compute can ever give what the job asks: {why}.' },
  NodeFailed: { ...invalid, http: 400, text: 'The step {node} failed.' },
  ComputeFailed: {
    ...broken,
    http: 503,
    arm: 'ComputeFailed',
    text: 'The compute {name} could not start the process: {why}.',
    hint: 'The job can be submitted again.',
  },
  Lost: { ...broken, text: 'The process of the job is gone and left no exit record: {why}.' },
} as const satisfies Record<string, ErrorRow>
