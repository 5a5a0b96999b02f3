/** What the request of a model package asks for, as clients spell it. */
import { asArray, asObject, asString, fail, type JsonObject, parseRef, parseUri } from '@lazurite/spec'

export interface PackageRequest {
  /** The environment that comes of it; the next version when it names none. */
  environment: { name: string; version?: string; workspaceGuid?: string }
  /** What the package's packages are; absent for models that say so themselves. */
  baseEnvironmentId?: string
  codeConfiguration?: { codeId: string; scoringScript: string }
  variables: Record<string, string>
  tags: JsonObject
}

const way = 'Deploy the model with its environment and its code instead.'

/** Raises BadArgument and NotSupported, naming the part. */
export function readPackageRequest(body: JsonObject): PackageRequest {
  const { serverType, codeConfiguration } = asObject(body.inferencingServer)
  const kind = asString(serverType) ?? 'AzureMLOnline'
  if (kind.toLowerCase() !== 'azuremlonline') {
    fail('NotSupported', {
      what: `A package with the inferencing server ${kind}`,
      why: 'packages here start a server of scoring scripts',
      instead: 'Take type: azureml_online.',
    })
  }
  if (asArray(body.inputs).length > 0)
    fail('NotSupported', { what: 'The inputs of a package', why: 'only model and code are put into it', instead: way })
  const { codeId, scoringScript } = asObject(codeConfiguration)
  const code = { codeId: asString(codeId) ?? '', scoringScript: asString(scoringScript) ?? '' }
  if (codeConfiguration && (code.codeId === '' || code.scoringScript === '')) {
    const what = 'code_configuration of a package needs code and scoring_script'
    fail('BadArgument', { what }, { target: 'inferencingServer.codeConfiguration' })
  }
  const base = asString(asObject(body.baseEnvironmentSource).resourceId)
  return {
    environment: environmentOf(body),
    ...(base ? { baseEnvironmentId: base } : {}),
    ...(code.codeId === '' ? {} : { codeConfiguration: code }),
    variables: variablesOf(body),
    tags: asObject(body.tags),
  }
}

/** `name`, `azureml:name:1`, an id with or without a version. */
function environmentOf(body: JsonObject): PackageRequest['environment'] {
  const target = body.targetEnvironmentId ?? body.targetEnvironmentName
  const { name: given, version: asked } = asObject(target)
  const text = asString(target) ?? asString(given) ?? ''
  const version = asString(asked) ?? asString(body.targetEnvironmentVersion)
  // the official client writes an id without a version where it was given a name
  const placed =
    /^azureml:\/\/locations\/[^/]+\/workspaces\/([^/]+)\/environments\/([^/]+)(?:\/versions\/([^/]+))?$/i.exec(text)
  const ref = placed
    ? undefined
    : parseRef(text.includes('/') || /^azureml:/.test(text) ? text : `azureml:${text}`, 'environments')
  const uri = placed || ref ? undefined : parseUri(text, 'environments')
  const found = placed
    ? { name: placed[2] ?? '', version: placed[3], workspaceGuid: placed[1] }
    : (ref ?? (uri?.form === 'asset' ? uri : { name: '', version: undefined }))
  if (!/^[a-zA-Z0-9][\w.-]{0,254}$/.test(found.name)) {
    const what = `A package needs the name of the environment that comes of it; ${text.slice(0, 100) || 'none'} is given`
    fail('BadArgument', { what }, { target: 'targetEnvironmentId' })
  }
  const chosen = version ?? found.version
  if (chosen !== undefined && !/^[a-zA-Z0-9][\w.-]{0,29}$/.test(chosen))
    fail(
      'BadArgument',
      { what: `${chosen.slice(0, 60)} is no version of an environment` },
      { target: 'targetEnvironmentId' },
    )
  const guid = 'workspaceGuid' in found ? found.workspaceGuid : undefined
  return {
    name: found.name,
    ...(chosen === undefined ? {} : { version: chosen }),
    ...(guid === undefined ? {} : { workspaceGuid: guid }),
  }
}

function variablesOf(body: JsonObject): Record<string, string> {
  const given = Object.entries(asObject(body.environmentVariables)).filter(([, value]) => value !== null)
  for (const [name] of given) {
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name))
      fail('BadArgument', { what: `${name.slice(0, 60)} is no name of an environment variable` })
  }
  return Object.fromEntries(given.map(([name, value]) => [name, String(value)]))
}
