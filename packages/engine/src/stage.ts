/**
 * Inputs in, outputs out. On one machine a mount is a link to where the bytes are: nothing is copied, and an output is in
 * its datastore the moment it is written. `ro_mount` is a promise of the script, as links cannot be read-only; `download`
 * and `upload` are private copies; `direct` hands over the address and moves nothing.
 */
import { createWriteStream, type Stats, statSync } from 'node:fs'
import { link as hardLink, mkdir, opendir, rm, symlink } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { fail, isLazError } from '@lazurite/spec'
import type { EngineContext } from './context.ts'
import { isWeb, type Located, locate, locatePlace, type Place } from './datastores/resolve.ts'
import { openUrl, shown } from './datastores/web.ts'
import { explain } from './disk.ts'
import { bringFromAfar, takeAfar } from './stage-afar.ts'
import { evaluate, layOutTable } from './stage-table.ts'
import { copyInto, copyTree, measureTree } from './tree.ts'

export interface StageIn {
  name: string
  /** `uri_file`, `uri_folder`, `mltable`, `custom_model`, `mlflow_model`, `triton_model` */
  type: string
  uri: string
  /** `Table`: the files of an mltable laid out, and beside them what is done with their rows. */
  mode: 'ReadOnlyMount' | 'ReadWriteMount' | 'Download' | 'Direct' | 'EvalMount' | 'EvalDownload' | 'Table'
}

export interface StageOut {
  name: string
  type: string
  uri: string
  mode: 'ReadWriteMount' | 'Upload' | 'Direct'
}

/** `tell` takes lines about bytes on their way, for the job's own log. */
export type Stage = Pick<EngineContext, 'store' | 'settings' | 'signal'> & { tell?: (line: string) => void }

/**
 * Brings one input in. Raises InputMissing{input,uri} where nothing is, NotSupported, Unreachable, TooLarge,
 * PathNotAllowed, ResourceNotFound, InsufficientStorage.
 * @param dest a path that does not exist yet; a folder of the input's own, or a link, is made there
 * @returns what `${{inputs.x}}` becomes
 */
export async function bringIn(input: StageIn, dest: string, scope: string, ctx: Stage): Promise<{ path: string }> {
  const located = await locateInput(input, scope, ctx)
  if (input.mode === 'Direct') return { path: located.uri }
  if (input.mode === 'Table' && !isWeb(located)) return layOutTable({ input, dest, scope, ctx, copies: false }, located)
  if (isWeb(located)) return bringFromWeb(input, located.url, dest, ctx)
  if (located.localPath === undefined) return bringFromAfar(input, located, dest, { scope, ctx })
  const source = located.localPath
  const stat = statSync(source, { throwIfNoEntry: false })
  if (stat === undefined)
    fail('InputMissing', { input: input.name, uri: located.uri }, { target: `inputs.${input.name}` })
  const copies = input.mode === 'Download' || input.mode === 'EvalDownload'
  if (input.mode === 'EvalMount' || input.mode === 'EvalDownload') {
    return evaluate({ input, dest, scope, ctx, copies }, located)
  }
  if (stat.isFile()) {
    const file = join(dest, basename(source))
    await (copies ? copyInto(source, file) : link(source, file))
    return { path: file }
  }
  if (input.type === 'uri_file') {
    const what = `The input ${input.name} is a uri_file, but ${located.uri} is a folder.`
    fail('BadArgument', { what }, { target: `inputs.${input.name}` })
  }
  if (copies) await copyTree(source, dest, options(ctx))
  else if (!(await mirror(source, dest))) await link(source, dest)
  return { path: dest }
}

const mirroredEntries = 1000

/**
 * Shows a folder as real folders that hold the files under a second name: programs that refuse to be led out of a folder
 * (MLflow loads models so) find what they look for, and `rm -r` takes names and no data. False, with nothing left behind,
 * for a folder of so many entries that one link to all of it serves better.
 */
async function mirror(source: string, dest: string): Promise<boolean> {
  const folders: [string, string][] = [[source, dest]]
  const links: [string, string][] = []
  for (const [from, to] of folders) {
    // what is gone since it was listed is gone
    const listed = await opendir(from).catch(() => undefined)
    for await (const entry of listed ?? []) {
      const pair: [string, string] = [join(from, entry.name), join(to, entry.name)]
      if (entry.isDirectory()) folders.push(pair)
      else links.push(pair)
      if (folders.length + links.length > mirroredEntries) return false
    }
  }
  await rm(dest, { force: true, recursive: true })
  for (const [, to] of folders) await mkdir(to, { recursive: true })
  // on another disk, or of another owner, a file has no second name
  await Promise.all(links.map(([from, to]) => hardLink(from, to).catch(() => symlink(from, to))))
  return true
}

async function locateInput(input: StageIn, scope: string, ctx: Stage): Promise<Located> {
  try {
    return await locate(ctx.store, scope, input.uri)
  } catch (e) {
    if (isLazError(e) && e.code === 'ResourceNotFound') {
      fail(
        'InputMissing',
        { input: input.name, uri: `${input.uri} (${e.message})` },
        { target: `inputs.${input.name}`, cause: e },
      )
    }
    throw e
  }
}

function options(ctx: Stage) {
  return { signal: ctx.signal }
}

async function link(target: string, path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  await rm(path, { force: true, recursive: false }).catch(() => {})
  await symlink(target, path)
}

async function bringFromWeb(input: StageIn, url: string, dest: string, ctx: Stage): Promise<{ path: string }> {
  if (input.type !== 'uri_file' && !/_model$/.test(input.type)) {
    fail('NotSupported', {
      what: `The input ${input.name} of type ${input.type} from ${shown(url)}`,
      why: 'a web address names one file and cannot be listed',
      instead: 'Use type uri_file, or put the folder into a datastore.',
    })
  }
  const file = join(dest, fileNameOf(url))
  await mkdir(dest, { recursive: true })
  const { privateHosts, maxDownloadBytes } = ctx.settings
  try {
    const body = await openUrl(url, {
      signal: ctx.signal,
      ...(privateHosts === undefined ? {} : { privateHosts }),
      ...(maxDownloadBytes === undefined ? {} : { maxBytes: maxDownloadBytes }),
    })
    await pipeline(body, createWriteStream(file), { signal: ctx.signal })
  } catch (e) {
    await rm(file, { force: true })
    if (isLazError(e) && e.code === 'FileNotFound')
      fail('InputMissing', { input: input.name, uri: shown(url) }, { cause: e })
    explain(e, file)
  }
  return { path: file }
}

/** The last segment of a URL's path, as a name a file can have. */
function fileNameOf(url: string): string {
  const last =
    new URL(url).pathname
      .split('/')
      .filter((s) => s !== '')
      .at(-1) ?? ''
  let plain = last
  try {
    plain = decodeURIComponent(last)
  } catch {
    // kept as it is written
  }
  const safe = plain.replace(/[/\\\u0000-\u001f\u007f]/g, '_').slice(-200)
  return safe === '' || safe === '.' || safe === '..' ? 'data' : safe
}

/**
 * Opens one output: makes the place it is written to. Raises NotSupported for places that cannot be written from here,
 * PathNotAllowed, PathConflict.
 * @param dest a path that does not exist yet
 * @returns what `${{outputs.x}}` becomes: for `uri_file` the path of a file to create, else a folder
 */
export async function openOut(output: StageOut, dest: string, scope: string, ctx: Stage): Promise<{ path: string }> {
  const place = await locatePlace(ctx.store, scope, output.uri)
  if (output.mode === 'Direct') return { path: place.uri }
  const single = output.type === 'uri_file'
  if (place.localPath === undefined) {
    await mkdir(dest, { recursive: true })
    return { path: single ? join(dest, nameOf(place, output)) : dest }
  }
  const target = targetOf(place, output)
  try {
    if (output.mode === 'Upload') await mkdir(dest, { recursive: true })
    else {
      await mkdir(single ? dirname(target) : target, { recursive: true })
      if (!single) return { path: await linkFolder(target, dest) }
      await link(dirname(target), dest)
    }
  } catch (e) {
    explain(e, place.uri)
  }
  return { path: single ? join(dest, basename(target)) : dest }
}

/**
 * Links the folder of an output in and returns its path: inside a link to its parent, so that the folder itself is a real
 * one and a model that was just written there can be loaded again. A name that a shell would split gets a plain link.
 */
async function linkFolder(source: string, dest: string): Promise<string> {
  if (!plainName.test(basename(source))) {
    await link(source, dest)
    return dest
  }
  await link(dirname(source), dest)
  return join(dest, basename(source))
}

const plainName = /^[\w.@%+=:,-]+$/

/** The file or folder of this machine that an output ends up in. */
function targetOf(place: Place, output: StageOut): string {
  nameOf(place, output)
  return place.localPath ?? ''
}

/** The name of an output's file. */
function nameOf(place: Place, output: StageOut): string {
  if (output.type === 'uri_file' && place.path === '') {
    fail('BadArgument', { what: `The output ${output.name} is a file, but its path names a whole datastore.` })
  }
  return basename(place.path)
}

/**
 * Takes one output to its place, when the process is over. May be repeated.
 * @param from what `openOut` returned
 */
export async function takeOut(
  output: StageOut,
  from: string,
  scope: string,
  ctx: Stage,
): Promise<{ uri: string; sizeBytes: number; files: number }> {
  const place = await locatePlace(ctx.store, scope, output.uri)
  if (place.localPath === undefined) return takeAfar(output, from, place, ctx)
  const target = targetOf(place, output)
  if (output.mode !== 'Direct') {
    const single = output.type === 'uri_file'
    // a script may have put a folder of its own where the link was; what it wrote there counts all the same
    const there = statSync(from, { throwIfNoEntry: false })
    if (there !== undefined && !isSame(there, statSync(target, { throwIfNoEntry: false }))) {
      if (single && there.isFile()) await copyInto(from, target)
      else await copyTree(from, target, { ...options(ctx), boundary: single ? dirname(from) : from })
    }
  }
  return { uri: place.uri, ...(await measureTree(target, ctx.signal)) }
}

/** The same file or folder, however it was come by. */
function isSame(a: Stats, b: Stats | undefined): boolean {
  return b !== undefined && a.dev === b.dev && a.ino === b.ino
}
