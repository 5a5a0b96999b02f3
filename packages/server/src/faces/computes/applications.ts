/** What answers on a compute instance, and the way in. The key of an application is handed out only by `open`. */
import { readApplications, readReport, runningInstance } from '@lazurite/engine'
import { fail, type JsonObject } from '@lazurite/spec'
import type { ComputeCall } from './call.ts'

export async function listApplications({ home, row }: ComputeCall): Promise<JsonObject> {
  const { it, folder } = runningInstance(home, row)
  const report = readReport(folder)
  return {
    active: report?.active ?? [],
    lastActive: new Date(Math.max(report?.lastActive ?? 0, it.lastActive ?? 0)).toISOString(),
    value: readApplications(folder).map(({ name, displayName, port }) => ({
      name,
      displayName,
      url: `http://127.0.0.1:${port}/`,
      state: report?.applications[name]?.state ?? 'ended',
      starts: report?.applications[name]?.starts ?? 0,
    })),
  }
}

/** The address that lets a browser in. Raises ResourceNotFound with what there is. */
export async function openApplication({ home, row, params, room }: ComputeCall): Promise<JsonObject> {
  const { folder } = runningInstance(home, row)
  const known = readApplications(folder)
  const wanted = params.application?.toLowerCase()
  const found = known.find(({ name }) => name === wanted)
  if (!found) {
    const there = known.map(({ name }) => name).join(', ')
    fail('NotSupported', {
      what: `The application ${wanted?.slice(0, 60)} of ${row.name}`,
      why: there === '' ? 'no application was installed when it started' : `it has: ${there}`,
      instead:
        'Install it in a terminal of the instance (pip install jupyterlab) or on this machine, and restart the instance.',
    })
  }
  const { name, displayName, port, path, key } = found
  room.deps.log.info({ compute: row.name, application: name, by: room.request.caller.name }, 'application opened')
  return { name, displayName, url: `http://127.0.0.1:${port}${path.replace('{key}', encodeURIComponent(key))}`, key }
}
