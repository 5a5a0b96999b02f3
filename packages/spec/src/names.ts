// What things may be called, and names for those that come without one.
import type { Issue } from './issue.ts'

interface NameRule {
  readonly pattern: RegExp
  readonly says: string
}

const general: NameRule = {
  pattern: /^[a-zA-Z0-9][a-zA-Z0-9\-_]{0,254}$/,
  says: 'letters, digits, - and _ only, starting with a letter or digit, at most 255 characters',
}
const assetName: NameRule = {
  pattern: /^[a-zA-Z0-9][a-zA-Z0-9\-_.]{0,254}$/,
  says: 'letters, digits, -, _ and . only, starting with a letter or digit, at most 255 characters',
}
const workspaceName: NameRule = {
  pattern: /^[a-zA-Z0-9][a-zA-Z0-9_-]{2,32}$/,
  says: '3 to 33 letters, digits, - and _, starting with a letter or digit',
}
const rules: Readonly<Record<string, NameRule>> = {
  workspace: workspaceName,
  connection: workspaceName,
  compute: {
    pattern: /^[a-zA-Z](?![a-zA-Z0-9-]*-\d+$)[a-zA-Z0-9-]{2,23}$/,
    says: '3 to 24 letters, digits and -, starting with a letter and not ending in - and digits',
  },
  component: assetName,
  data: assetName,
  model: assetName,
  environment: assetName,
  code: assetName,
}

/** An issue when `name` cannot be the name of that kind, else undefined. */
export function checkName(kind: string, name: string): Issue | undefined {
  const rule = (Object.hasOwn(rules, kind) ? rules[kind] : undefined) ?? general
  if (rule.pattern.test(name)) return undefined
  const shown = JSON.stringify(name.length > 60 ? `${name.slice(0, 60)}…` : name)
  return { path: ['name'], message: `${shown} cannot be the name of a ${kind}: ${rule.says}` }
}

const adjectives =
  'amber ashen azure blithe bold brave bright brisk calm clever cobalt cool crimson crisp deep dusky eager early fair fleet gentle gilded glad golden hardy honest ivory jolly keen kind late lively lucid merry mild mossy neat noble olive patient placid plucky polite proud quick quiet rapid rosy royal rustic sandy serene sharp silent silver sleek sober solid steady still sunny swift tidy tranquil upbeat vivid warm wise witty'
const nouns =
  'acorn anchor apple atlas badge basin beacon birch brook cactus canyon cedar cliff cloud comet coral crane delta dune eagle ember falcon fern fig fjord forest garden glacier grove harbor hazel heron hill island jasper kettle lagoon lake lantern lemon lilac lotus maple marble meadow mesa moon moss oak oasis olive onion orchid otter owl pearl pebble pepper pine planet plum pond quartz quill raven reef ridge river rocket root sail sand seal shell sky snow spruce star stone storm sun thistle tiger tower trail tulip valley violet wave willow wind wren yam'

/** A name as the official client makes them: adjective_noun_ and ten of [a-z0-9]. `random` gives numbers in [0, 1). */
export function newJobName(random: () => number): string {
  const pick = (words: string) => {
    const list = words.split(' ')
    return list[Math.floor(random() * list.length)] ?? list[0]
  }
  const tail = Array.from({ length: 10 }, () => Math.floor(random() * 36).toString(36)).join('')
  return `${pick(adjectives)}_${pick(nouns)}_${tail}`
}
