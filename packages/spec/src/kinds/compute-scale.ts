// The part of a compute's spelling that one key cannot say alone: the wire groups what YAML lists flat.
import { asArray, asObject, isObject, type Json, type JsonObject } from '../json.ts'
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
        disableLocalAuth: !inner.userAccountCredentials && inner.sshPublicAccessEnabled !== true,
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
  const { minInstances, maxInstances, idleTimeBeforeScaleDown, jobsPerNode, sshPublicAccessEnabled, subnet, ...rest } =
    inner
  return {
    osType: 'Linux',
    ...rest,
    ...subnetId(subnet),
    scaleSettings: {
      minNodeCount: minInstances ?? 0,
      maxNodeCount: maxInstances ?? 4,
      nodeIdleTimeBeforeScaleDown: secondsToIso(Number(idleTimeBeforeScaleDown ?? 120)),
    },
    ...(jobsPerNode === undefined ? {} : { propertyBag: { jobsPerNode } }),
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
    schedules,
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
    ...(isObject(setupScripts) ? { setupScripts: { scripts: scriptsToWire(setupScripts) } } : {}),
    ...(isObject(schedules)
      ? { schedules: { computeStartStop: asArray(schedules.computeStartStop).map(scheduleToWire) } }
      : {}),
    ...(ssh
      ? { sshSettings: { sshPublicAccess: access(sshPublicAccessEnabled === true), ...asObject(sshSettings) } }
      : {}),
  }
}

/** The trigger stands under its own name, in small letters. */
function scheduleToWire(item: Json): Json {
  const { trigger, ...rest } = asObject(item)
  const { triggerType } = asObject(trigger)
  if (typeof triggerType !== 'string') return rest
  return { ...rest, triggerType, [triggerType.toLowerCase()]: trigger ?? null }
}

function scheduleFromWire(item: Json): Json {
  const { triggerType, cron, recurrence, ...rest } = asObject(item)
  const trigger = isObject(cron) ? cron : recurrence
  return isObject(trigger) ? { ...rest, trigger: { triggerType: triggerType ?? null, ...trigger } } : rest
}

function scriptsToWire(scripts: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(scripts).map(([name, script]) => {
      const { timeout, ...rest } = asObject(script)
      return [
        name,
        {
          scriptSource: 'workspaceStorage',
          ...rest,
          ...(typeof timeout === 'number' ? { timeout: `${timeout}m` } : {}),
        },
      ]
    }),
  )
}

function scriptsFromWire(scripts: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(scripts).map(([name, script]) => {
      const { timeout, ...rest } = asObject(script)
      const minutes = typeof timeout === 'string' ? Number.parseInt(timeout, 10) : Number.NaN
      return [name, { ...rest, ...(Number.isNaN(minutes) ? {} : { timeout: minutes }) }]
    }),
  )
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
  const { jobsPerNode } = asObject(inner.propertyBag)
  if (jobsPerNode !== undefined) inner.jobsPerNode = jobsPerNode
  const login = inner.remoteLoginPortPublicAccess ?? asObject(inner.sshSettings).sshPublicAccess
  if (login === 'Enabled' || login === 'Disabled') inner.sshPublicAccessEnabled = login === 'Enabled'
  const subnet = asObject(inner.subnet)
  if (typeof subnet.id === 'string') inner.subnet = { subnet: subnet.id }
  const scripts = asObject(asObject(inner.setupScripts).scripts)
  if (Object.keys(scripts).length > 0) inner.setupScripts = scriptsFromWire(scripts)
  if (isObject(inner.schedules)) {
    inner.schedules = { computeStartStop: asArray(inner.schedules.computeStartStop).map(scheduleFromWire) }
  }
  if (inner.sshPort !== undefined)
    inner.administratorAccount = { ...asObject(inner.administratorAccount), sshPort: inner.sshPort }
  if (props.computeType !== 'Kubernetes') return { ...props, properties: inner }
  const { namespace, ...extra } = inner
  return { ...props, extra, properties: namespace === undefined ? {} : { namespace } }
}
