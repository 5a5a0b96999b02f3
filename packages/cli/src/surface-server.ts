// Flags of the commands that have no group: the server's life, checks, settings.
import { type Filled, flag, list, max, set, value } from './surface.ts'

const home = value('home', 'Home folder instead of LAZ_HOME.', { word: 'FOLDER', path: true })

export const serverFlags = {
  up: [
    value('port', 'Port to listen on; 0 takes a free one.', { short: 'p', whole: true }),
    home,
    flag('tls', 'Listen on https too, with certificates of an authority of this home; stays on from then.'),
    value('tls-port', 'Port of the https listener; 0 takes a free one. Turns it on.', { whole: true }),
    value(
      'store',
      'Keep rows in PostgreSQL: postgres://user:password@host/database; the home notes it. Also LAZ_STORE.',
      {
        word: 'URL',
      },
    ),
    flag(
      'ephemeral',
      'A server in a temporary home, gone with `laz down` or with this shell. Prints variables to evaluate.',
    ),
    flag('foreground', 'Stay in the foreground and show the log.'),
  ],
  home: [home],
  move: [
    home,
    value('to', 'postgres://user:password@host/database, or home for the home folder; default LAZ_STORE.', {
      word: 'PLACE',
    }),
  ],
  connect: [home],
  studio: [
    home,
    flag('read-only', 'A login that sees everything and changes nothing.'),
    flag('no-browser', 'Print the address and open no browser.'),
  ],
  search: [max],
} as const

export const validateFlags: readonly Filled[] = [
  value('kind', 'What the files are, when they do not tell.', { short: 'k' }),
  set,
]

export const configureFlags: readonly Filled[] = [
  list('defaults', 'Defaults to keep; an empty value forgets one.', { short: 'd', word: 'KEY=VALUE' }),
  flag('list-defaults', 'Show the defaults.', { short: 'l' }),
]
