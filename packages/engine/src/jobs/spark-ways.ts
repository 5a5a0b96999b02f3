/**
 * Data of Spark jobs. Azure hands addresses over and Spark reads them itself; here an address in a datastore of this
 * machine becomes the path of the file or folder, which Spark reads and makes by itself (an output must not be there
 * before it). What lies elsewhere is brought and taken as for any other job.
 */
import { mkdirSync, rmdirSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { fail } from '@lazurite/spec'
import { isWeb, locate, locatePlace } from '../datastores/resolve.ts'
import { bringIn, openOut, takeOut } from '../stage.ts'
import type { Ways } from './process-kind.ts'

export const sparkWays: Ways = {
  async bringIn(input, dest, scope, ctx) {
    if (input.mode !== 'Direct') return bringIn(input, dest, scope, ctx)
    const located = await locate(ctx.store, scope, input.uri)
    const path = isWeb(located) ? undefined : located.localPath
    if (path === undefined) return bringIn({ ...input, mode: 'ReadOnlyMount' }, dest, scope, ctx)
    // a pattern is Spark's to read
    if (!/[*?[{]/.test(path) && statSync(path, { throwIfNoEntry: false }) === undefined) {
      fail('InputMissing', { input: input.name, uri: located.uri }, { target: `inputs.${input.name}` })
    }
    return { path }
  },
  async openOut(output, dest, scope, ctx) {
    if (output.mode !== 'Direct') return openOut(output, dest, scope, ctx)
    const { localPath } = await locatePlace(ctx.store, scope, output.uri)
    if (localPath !== undefined) {
      mkdirSync(dirname(localPath), { recursive: true })
      return { path: localPath }
    }
    const opened = await openOut({ ...output, mode: 'ReadWriteMount' }, dest, scope, ctx)
    if (output.type !== 'uri_file') rmdirSync(opened.path)
    return opened
  },
  async takeOut(output, from, scope, ctx) {
    const { localPath } = await locatePlace(ctx.store, scope, output.uri)
    const mode = localPath === undefined && output.mode === 'Direct' ? 'ReadWriteMount' : output.mode
    return takeOut({ ...output, mode }, from, scope, ctx)
  },
}
