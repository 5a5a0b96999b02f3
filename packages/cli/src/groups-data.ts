// What lies in datastores: sent, fetched, looked at, of a data asset or of a datastore.
import type { Kind } from '@lazurite/spec'
import { type Command, command, nameWord } from './command.ts'
import { type Filled, flag, label, name, named, value, version } from './surface.ts'

const data = () => import('./verbs/data.ts')

const local = value('path', 'Local file or folder.', { short: 'p', required: true })
const target = value('target-path', 'Path in the datastore; default uploads/NAME.')
const place = value('path', 'azureml://datastores/… instead of a name.', { short: 'p' })
const inside = value('path', 'Path in the datastore; default all of it.', { short: 'p' })
const to = value('download-path', 'Folder to write to; default here.', { word: 'FOLDER' })
const which = [name, { ...version }, label, place]

export const dataFlags = {
  upload: [
    local,
    { ...name, doc: 'Register it as data of this name.' },
    version,
    value('type', 'Type of the data.', { short: 't', choices: ['uri_file', 'uri_folder', 'mltable'] }),
    value('datastore', 'Datastore it goes to; default workspaceblobstore.'),
    target,
  ],
  download: [...which, to],
  preview: [...which, value('rows', 'So many rows or lines.', { whole: true })],
  profile: [...which, value('max-bytes', 'Read at most so much.', { whole: true })],
} as const

export const datastoreFlags = {
  upload: [named, local, target],
  download: [named, inside, to],
  browse: [
    named,
    inside,
    flag('recursive', 'Everything below, not folders.'),
    value('max-results', 'At most so many.', { short: 'r', whole: true, default: '1000' }),
  ],
} as const

type Verb = 'uploadTo' | 'uploadData' | 'downloadFrom' | 'downloadData' | 'preview' | 'profile' | 'browse'

function verb(kind: Kind, word: string, how: { doc: string; flags: readonly Filled[]; run: Verb; lists?: boolean }) {
  return command(`${kind.name} ${word}`, {
    kind,
    workspace: true,
    lists: how.lists === true,
    positionals: [nameWord],
    doc: how.doc,
    flags: how.flags,
    load: async () => (await data())[how.run],
  })
}

export const dataFiles = (kind: Kind): Command[] => [
  verb(kind, 'upload', {
    doc: 'Send a file or folder, again where it stopped.',
    flags: dataFlags.upload,
    run: 'uploadData',
  }),
  verb(kind, 'download', { doc: 'Fetch the files of data.', flags: dataFlags.download, run: 'downloadData' }),
  verb(kind, 'preview', { doc: 'Show the first rows, lines or entries.', flags: dataFlags.preview, run: 'preview' }),
  verb(kind, 'profile', { doc: 'Describe every column of a table.', flags: dataFlags.profile, run: 'profile' }),
]

export const datastoreFiles = (kind: Kind): Command[] => [
  verb(kind, 'browse', {
    doc: 'List what lies in a datastore.',
    flags: datastoreFlags.browse,
    run: 'browse',
    lists: true,
  }),
  verb(kind, 'upload', { doc: 'Send a file or folder.', flags: datastoreFlags.upload, run: 'uploadTo' }),
  verb(kind, 'download', { doc: 'Fetch a file or folder.', flags: datastoreFlags.download, run: 'downloadFrom' }),
]
