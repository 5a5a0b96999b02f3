// The part of a compute's spelling that one key cannot say alone: the wire groups what YAML lists flat.
import { asObject, isObject, type JsonObject } from '../json.ts'
import { isoToSeconds, secondsToIso } from '../time.ts'

/** Groups scale, idle and SSH settings, and fills what the client fills. */
export function scaleToWire(written: JsonObject): JsonObject {
  const { resourceId, extra, ...rest } = written
  const top = resourceId === undefined ? {} : { resourceId }
  const { ...inner } = asObject(rest.properties)
  switch (written.computeType) {
    case 'AmlCompute':
      return {
        ...rest,
        ...top,
        disableLocalAuth: inner.remoteLoginPortPublicAccess !== 'Enabled',
        properties: cluster(inner),
      }
    case 'ComputeInstance':
      return { ...rest, ...top, disableLocalAuth: inner.sshPublicAccessEnabled !== true, properties: instance(inner) }
    case 'Kubernetes':
      return { ...rest, ...top, properties: { ...asObject(extra), ...inner } }
    case 'VirtualMachine': {
      const { sshPort = 22, ...account } = asObject(inner.administratorAccount)
      const user = Object.keys(account).length > 0 ? { administratorAccount: account } : {}
      return { ...rest, ...top, properties: { sshPort, ...user } }
    }
    default:
      return { ...rest, ...top }
  }
}

function access(v: unknown): string {
  return v === undefined ? 'NotSpecified' : v === true ? 'Enabled' : 'Disabled'
}

function cluster(inner: JsonObject): JsonObject {
  const { minInstances, maxInstances, idleTimeBeforeScaleDown, sshPublicAccessEnabled, subnet, ...rest } = inner
  return {
    osType: 'Linux',
    ...rest,
    ...subnetId(subnet),
    scaleSettings: {
      minNodeCount: minInstances ?? 0,
      maxNodeCount: maxInstances ?? 4,
      nodeIdleTimeBeforeScaleDown: secondsToIso(Number(idleTimeBeforeScaleDown ?? 120)),
    },
    remoteLoginPortPublicAccess: access(sshPublicAccessEnabled),
  }
}

function instance(inner: JsonObject): JsonObject {
  const {
    idleTimeBeforeShutdownMinutes: minutes,
    sshPublicAccessEnabled,
    sshSettings,
    subnet,
    setupScripts,
    ...rest
  } = inner
  const idle = typeof minutes === 'number' ? { idleTimeBeforeShutdown: `PT${minutes}M` } : {}
  const ssh = isObject(sshSettings) || sshPublicAccessEnabled !== undefined
  return {
    applicationSharingPolicy: 'Shared',
    computeInstanceAuthorizationType: 'personal',
    ...rest,
    ...idle,
    ...subnetId(subnet),
    ...(isObject(setupScripts) ? { setupScripts: { scripts: setupScripts } } : {}),
    ...(ssh
      ? { sshSettings: { sshPublicAccess: access(sshPublicAccessEnabled === true), ...asObject(sshSettings) } }
      : {}),
  }
}

function subnetId(given: unknown): JsonObject {
  const { subnet, vnetName } = asObject(given)
  if (typeof subnet !== 'string') return {}
  return {
    subnet: { id: typeof vnetName === 'string' && !subnet.startsWith('/') ? `${vnetName}/subnets/${subnet}` : subnet },
  }
}

/** The inverse. */
export function scaleFromWire(props: JsonObject): JsonObject {
  const inner = { ...asObject(props.properties) }
  const scale = asObject(inner.scaleSettings)
  const idle =
    typeof scale.nodeIdleTimeBeforeScaleDown === 'string' ? isoToSeconds(scale.nodeIdleTimeBeforeScaleDown) : undefined
  if (scale.minNodeCount !== undefined) inner.minInstances = scale.minNodeCount
  if (scale.maxNodeCount !== undefined) inner.maxInstances = scale.maxNodeCount
  if (idle !== undefined) inner.idleTimeBeforeScaleDown = idle
  const login = inner.remoteLoginPortPublicAccess ?? asObject(inner.sshSettings).sshPublicAccess
  if (login === 'Enabled' || login === 'Disabled') inner.sshPublicAccessEnabled = login === 'Enabled'
  const subnet = asObject(inner.subnet)
  if (typeof subnet.id === 'string') inner.subnet = { subnet: subnet.id }
  const scripts = asObject(asObject(inner.setupScripts).scripts)
  if (Object.keys(scripts).length > 0) inner.setupScripts = scripts
  if (inner.sshPort !== undefined)
    inner.administratorAccount = { ...asObject(inner.administratorAccount), sshPort: inner.sshPort }
  return { ...props, properties: inner }
}
