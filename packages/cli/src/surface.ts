// The vocabulary of flags: how one is written down, and those that many verbs share. What each noun takes stands in the
// surface-* files beside this one. Data alone: what a verb does lives in verbs/.
import type { Option } from './args.ts'

/** A flag that fills a place in the document a verb creates or updates. */
export interface Filled extends Option {
  /** Dotted YAML key that the value goes to. */
  key?: string
  /** The value names a file or folder of the caller's, relative to where she stands. */
  path?: boolean
  /** Each word becomes a mapping with this one key. */
  each?: string
  /** The value names a YAML file whose content is meant. */
  content?: boolean
  /** Known to az ml and refused here when it is given: why, and what to do instead. */
  refused?: readonly [why: string, instead: string]
}

/** The flags of one noun, by verb; what is not told follows from the kind's shape. */
export interface Surface {
  create?: readonly Filled[]
  list?: readonly Filled[]
  /** Beside --set, --add, --remove and --force-string. */
  update?: readonly Filled[]
  /** Beside what names one of them. */
  show?: readonly Filled[]
  remove?: readonly Filled[]
  /** What names one of them, instead of --name (and --version, --label). */
  which?: readonly Filled[]
  /** Flags of every verb: the endpoint that a deployment belongs to. */
  every?: readonly Filled[]
  /** Deleting asks first, unless --yes. */
  asks?: boolean
  /** Verbs of the shape that this noun has not. */
  without?: readonly string[]
}

export const value = (name: string, doc: string, more: Partial<Filled> = {}): Filled => ({
  name,
  takes: 'value',
  doc,
  ...more,
})
export const flag = (name: string, doc: string, more: Partial<Filled> = {}): Filled => ({
  name,
  takes: 'flag',
  doc,
  ...more,
})
export const toggle = (name: string, doc: string, more: Partial<Filled> = {}): Filled => ({
  name,
  takes: 'switch',
  doc,
  ...more,
})
export const list = (name: string, doc: string, more: Partial<Filled> = {}): Filled => ({
  name,
  takes: 'list',
  doc,
  ...more,
})

export const globalFlags: readonly Filled[] = [
  value('output', 'Output format.', {
    short: 'o',
    choices: ['json', 'jsonc', 'yaml', 'yamlc', 'table', 'tsv', 'none'],
  }),
  value('query', 'JMESPath query that picks from the result.', { word: 'JMESPATH' }),
  value('subscription', 'Subscription of the workspace.', { word: 'ID' }),
  flag('debug', 'Show what went wrong inside, with stack traces.'),
  flag('verbose', 'Say more.'),
  flag('only-show-errors', 'Say nothing but errors.'),
  flag('help', 'Show this text.', { short: 'h' }),
]

export const workspaceFlags: readonly Filled[] = [
  value('resource-group', 'Resource group. Default: laz configure --defaults group=…', { short: 'g' }),
  value('workspace-name', 'Workspace. Default: laz configure --defaults workspace=…', { short: 'w' }),
]

export const name = value('name', 'Name.', { short: 'n' })
export const named: Filled = { ...name, required: true }
export const docName: Filled = { ...name, key: 'name' }
export const version = value('version', 'Version.', { short: 'v' })
export const docVersion = value('version', 'Version; default the next one.', { short: 'v', key: 'version' })
export const label = value('label', 'Label instead of a version: latest, or one of your own.', { short: 'l' })
export const versioned: readonly Filled[] = [named, version, label]
export const file = value('file', 'YAML file.', { short: 'f', word: 'FILE' })
export const requiredFile: Filled = { ...file, required: true }
export const set: Filled = {
  name: 'set',
  takes: 'edit',
  doc: 'Change a value of the document: a.b[0].c=value.',
  word: 'KEY=VALUE',
}
export const edits: readonly Filled[] = [
  set,
  { name: 'add', takes: 'edit', doc: 'Add to a list or map: key value, or key k=v.', word: 'KEY VALUE' },
  { name: 'remove', takes: 'edit', doc: 'Remove a value: key, or key index.', word: 'KEY' },
  flag('force-string', 'Take the values of --set and --add as text.'),
]
export const noWait = flag('no-wait', 'Do not wait for it to end.')
export const yes = flag('yes', 'Do not ask.', { short: 'y' })
export const registry = value('registry-name', 'Registry instead of the workspace.')
export const max = value('max-results', 'At most so many.', { short: 'r', whole: true })
export const web = flag('web', 'Print the page of it in the Studio, and open it where there is a browser.', {
  short: 'e',
})
export const skipValidation = flag('skip-validation', 'Leave the check to the server.')
export const nodeIndex = value('node-index', 'Which node.', { short: 'i', whole: true, default: '0' })
export const description = value('description', 'Description.', { key: 'description' })
export const displayName = value('display-name', 'Name that people read.', { key: 'display_name' })
export const tags = list('tags', 'Tags: key=value …', { key: 'tags', word: 'KEY=VALUE' })
export const location = value('location', 'Region; kept, without effect here.', { short: 'l', key: 'location' })
export const datastore = value('datastore', 'Datastore that local files go to.', { key: 'datastore' })
export const archivedFlags: readonly Filled[] = [
  flag('include-archived', 'Archived ones too.'),
  flag('archived-only', 'Archived ones alone.'),
]
export const downloadPath = value('download-path', 'Folder to write to.', { short: 'p', word: 'FOLDER', path: true })
export const localPath = value('path', 'Local file or folder, or a URI.', { short: 'p', key: 'path', path: true })
export const type = (choices?: readonly string[]): Filled =>
  value('type', 'Type.', { short: 't', key: 'type', ...(choices ? { choices } : {}) })

/** What means nothing on one machine: the value is kept and shown. */
export const kept = (name: string, more: Partial<Filled> = {}): Filled =>
  value(name, 'Kept, without effect here.', more)

/** Flags of az that change nothing here, so that scripts which say them go on. */
export const accepted = (name: string, why: string, more: Partial<Filled> = {}): Filled =>
  flag(name, `Accepted; ${why}.`, more)
