/** POST …/models/{name}/versions/{version}/package: model, code and packages become one thing that starts by itself. */
import { packageModel, workspaceOf } from '@lazurite/engine'
import type { JsonObject } from '@lazurite/spec'
import { type Asked, needed } from './asked.ts'

/** Answers when the package is there: what is copied is on this machine. Raises what making it raises. */
export async function makePackage(asked: Asked): Promise<JsonObject> {
  const model = await needed(asked)
  const { room, body } = asked
  const { store } = room.deps
  const by = room.request.caller.name
  const gone = new AbortController()
  const leave = () => gone.abort()
  room.reply.raw.once('close', leave)
  try {
    const ask = { scope: room.workspace.scope, model, body, by, signal: gone.signal }
    const { scope, name, version } = await packageModel({ store, home: store.home }, ask)
    const { guid } = await workspaceOf(store, scope)
    const place = `azureml://locations/local/workspaces/${guid}`
    return {
      ...body,
      buildState: 'Succeeded',
      targetEnvironmentId: `${place}/environments/${name}/versions/${version}`,
    }
  } finally {
    room.reply.raw.off('close', leave)
  }
}
