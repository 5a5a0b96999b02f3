// Help from the tables: what there is, what it takes, an example. Aligned, and as wide as the terminal.
import type { Command, Group, Registry } from './command.ts'
import { type Screen, tint, widthOf } from './paint.ts'
import type { Result, Session } from './session.ts'
import { type Filled, globalFlags, workspaceFlags } from './surface.ts'

interface Line {
  left: string
  right: string
}

/** Text for one command, for a group, or for everything. */
export function helpText(all: Registry, about: Group | Command | undefined, screen: Screen): string {
  if (about && 'path' in about) return commandHelp(about, screen)
  return about ? groupHelp(all, about, screen) : rootHelp(all, screen)
}

function title(screen: Screen, text: string): string {
  return tint(screen, 'bold', text)
}

function heading(screen: Screen, name: string, doc: string): string {
  const [first = '', ...rest] = wrap(`${name} — ${doc}`, widest(screen))
  return [title(screen, name) + first.slice(name.length), ...rest.map((line) => `  ${line}`)].join('\n')
}

function paragraph(screen: Screen, name: string, text: string): string {
  const lines = wrap(text, widest(screen) - 4)
  return `${title(screen, name)}\n${lines.map((line, i) => (i === 0 ? `  ${line}` : `    ${line}`)).join('\n')}\n`
}

function widest(screen: Screen): number {
  return Math.min(screen.width, 110)
}

function rootHelp(all: Registry, screen: Screen): string {
  const groups = all.groups()
  return [
    heading(screen, 'laz', 'the machine-learning workspace that speaks Azure ML, on your machines'),
    '',
    section(
      screen,
      'Commands',
      all.roots().map((c) => ({ left: c.path, right: c.doc })),
    ),
    section(
      screen,
      'Groups',
      groups.filter((g) => !g.name.includes(' ')).map((g) => ({ left: g.name, right: g.doc })),
    ),
    `${title(screen, 'Start here')}\n  laz job create -f job.yml --stream\n  laz job list\n  laz validate job.yml\n`,
    'Add -h to a group or a verb to see more.\n',
  ].join('\n')
}

function groupHelp(all: Registry, group: Group, screen: Screen): string {
  const served = group.commands.filter((c) => !c.refused)
  const refused = group.commands.filter((c) => c.refused)
  const line = (c: Command) => ({ left: c.path.split(' ').at(-1) ?? c.path, right: c.doc })
  const below = (group.groups ?? []).map((name) => ({
    left: name.split(' ').at(-1) ?? name,
    right: all.group(name)?.doc ?? '',
  }))
  return [
    heading(screen, `laz ${group.name}`, group.doc),
    '',
    ...(served.length > 0 ? [section(screen, 'Verbs', served.map(line))] : []),
    ...(below.length > 0 ? [section(screen, 'Groups', below)] : []),
    ...(refused.length > 0
      ? [
          section(
            screen,
            'Not served yet',
            refused.map((c) => ({ ...line(c), right: `${c.doc.replace(/\.$/, '')}: ${c.refused?.[0] ?? ''}.` })),
          ),
        ]
      : []),
    `Add -h to a verb to see its flags: laz ${(served[0] ?? refused[0])?.path ?? group.name} -h\n`,
  ].join('\n')
}

function commandHelp(command: Command, screen: Screen): string {
  const words = command.positionals
    .filter((p) => p.required || p.many)
    .map((p) => `${p.name.toUpperCase()}${p.many ? '…' : ''}`)
  const required = command.flags.filter((f) => f.required).map((f) => `${spelling(f)} ${wordOf(f)}`.trim())
  const optional = command.flags.some((f) => !f.required) ? ['[flags]'] : []
  const usage = ['laz', command.path, ...words, ...required, ...optional].join(' ')
  const lines = (flags: readonly Filled[]) => flags.map((f) => ({ left: flagText(f), right: docOf(f) }))
  return [
    heading(screen, `laz ${command.path}`, command.doc),
    '',
    paragraph(screen, 'Usage', usage),
    ...(command.refused ? [paragraph(screen, 'Not served yet', `${command.refused[0]}. ${command.refused[1]}`)] : []),
    ...(command.flags.length > 0
      ? [
          section(
            screen,
            'Flags',
            lines([...command.flags].sort((a, b) => Number(b.required ?? false) - Number(a.required ?? false))),
          ),
        ]
      : []),
    ...(command.workspace ? [section(screen, 'Workspace', lines(workspaceFlags))] : []),
    section(screen, 'Everywhere', lines(globalFlags)),
    ...(command.example ? [`${title(screen, 'Example')}\n  ${command.example}\n`] : []),
  ].join('\n')
}

function spelling(flag: Filled): string {
  return flag.short ? `-${flag.short}` : `--${flag.name}`
}

function wordOf(flag: Filled): string {
  if (flag.takes === 'flag') return ''
  const word =
    flag.word ?? (flag.whole ? 'N' : flag.choices && flag.choices.length <= 3 ? flag.choices.join('|') : 'TEXT')
  if (flag.takes === 'switch') return '[true|false]'
  return flag.takes === 'list' || flag.takes === 'edit' ? `${word} …` : word
}

function flagText(flag: Filled): string {
  const short = flag.short ? `-${flag.short}, ` : '    '
  return `${short}--${flag.name} ${wordOf(flag)}`.trimEnd()
}

function docOf(flag: Filled): string {
  const parts = [flag.doc]
  if (flag.choices && flag.choices.length > 3) parts.push(`One of ${flag.choices.join(', ')}.`)
  if (flag.default !== undefined) parts.push(`Default ${flag.default}.`)
  if (flag.required) parts.push('Required.')
  return parts.join(' ')
}

function section(screen: Screen, name: string, lines: readonly Line[]): string {
  const left = Math.min(36, Math.max(...lines.map((l) => widthOf(l.left))))
  const room = Math.max(30, widest(screen) - left - 4)
  const rows = lines.flatMap(({ left: word, right }) => {
    const [first = '', ...rest] = wrap(right, room)
    const head =
      widthOf(word) > left
        ? [`  ${tint(screen, 'cyan', word)}`, `  ${' '.repeat(left)}  ${first}`]
        : [`  ${tint(screen, 'cyan', word)}${' '.repeat(left - widthOf(word))}  ${first}`]
    return [...head, ...rest.map((text) => `  ${' '.repeat(left)}  ${text}`)]
  })
  return `${title(screen, name)}\n${rows.map((row) => row.trimEnd()).join('\n')}\n`
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && widthOf(line) + 1 + widthOf(word) > width) {
      lines.push(line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  return [...lines, line]
}

/** `laz help --all`: every group's help in one answer, which the reference pages are made from. */
export function helpAll(session: Session, all: Registry): Result {
  const plain: Screen = { colour: false, tty: false, width: 110 }
  const groups = all.groups()
  const root = { name: '', help: rootHelp(all, plain) }
  const single = all.roots().map((c) => ({ name: c.path, help: commandHelp(c, plain) }))
  const grouped = groups.map((g) => ({
    name: g.name,
    help: [groupHelp(all, g, plain), ...g.commands.filter((c) => !c.refused).map((c) => commandHelp(c, plain))].join(
      '\n',
    ),
  }))
  return { value: { groups: [root, ...single, ...grouped] }, text: rootHelp(all, session.out) }
}
