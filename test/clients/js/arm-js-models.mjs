// Whether an answer is what the client's own models say: its serializer drops what it does not expect without a word, so
// the bytes of every answer are held against the model that reads them.

/** Fields that are written and never read: the service leaves them out of its answers. */
const writeOnly = new Set(['secrets', 'adminUserPassword', 'password', 'privateKeyData', 'keys', 'credentials'])

/** What a JSON value lacks of a mapper, as sentences; none when it fits. */
export function problemsOf(mapper, value, mappers, path = '$') {
  const { type } = mapper
  if (value === null || value === undefined) return []
  const wrong = (what) => [`${path} is ${JSON.stringify(value)?.slice(0, 60)}, not ${what}`]
  switch (type.name) {
    case 'Composite':
      return isMapping(value) ? problemsOfObject(mapper, value, mappers, path) : wrong('a mapping')
    case 'Sequence':
      if (!Array.isArray(value)) return wrong('a list')
      return value.flatMap((item, index) => problemsOf(type.element, item, mappers, `${path}[${index}]`))
    case 'Dictionary':
      if (!isMapping(value)) return wrong('a mapping')
      return Object.entries(value).flatMap(([key, item]) => problemsOf(type.value, item, mappers, `${path}.${key}`))
    default: {
      const check = scalars[type.name]
      if (check === undefined) return [`${path} has the type ${type.name}, which this check does not know`]
      return check(value, type) ? [] : wrong(type.name)
    }
  }
}

const scalars = {
  String: (value) => typeof value === 'string',
  Number: (value) => typeof value === 'number' && Number.isFinite(value),
  Boolean: (value) => typeof value === 'boolean',
  DateTime: (value) => typeof value === 'string' && !Number.isNaN(Date.parse(value)),
  TimeSpan: (value) =>
    typeof value === 'string' && /^-?P(?!$)(\d+D)?(T(?=\d)(\d+H)?(\d+M)?(\d+(\.\d+)?S)?)?$/.test(value),
  Enum: (value, type) => type.allowedValues.includes(value),
  any: () => true,
  Object: (value) => isMapping(value),
}

function problemsOfObject(mapper, value, mappers, path) {
  const { real, problems } = realMapper(mapper, value, mappers, path)
  const properties = { ...parentOf(real, mappers), ...(mappers[real.type.className] ?? real).type.modelProperties }
  for (const property of Object.values(properties)) {
    const steps = property.serializedName === '' ? [] : property.serializedName.split(/(?<!\\)\./)
    const names = steps.map((step) => step.replaceAll('\\.', '.'))
    const found = names.reduce((at, name) => (isMapping(at) ? at[name] : undefined), value)
    const here = `${path}.${names.join('.')}`
    const absent = found === undefined || found === null
    if (absent && property.required && !writeOnly.has(names.at(-1))) problems.push(`${here} is missing`)
    if (!absent) problems.push(...problemsOf(property, found, mappers, here))
  }
  return problems
}

function parentOf(mapper, mappers) {
  const { uberParent } = mapper.type
  return uberParent ? mappers[uberParent]?.type.modelProperties : {}
}

/** The model that a discriminator chooses. */
function realMapper(mapper, value, mappers, path) {
  const base = mappers[mapper.type.className] ?? mapper
  const how = base.type.polymorphicDiscriminator ?? mapper.type.polymorphicDiscriminator
  if (how === undefined) return { real: base, problems: [] }
  const word = value[how.serializedName]
  if (word === undefined) return { real: base, problems: [`${path}.${how.serializedName} is missing`] }
  const parent = mapper.type.uberParent ?? mapper.type.className
  const real = chosen(how.serializedName, parent, word, mappers)
  return real === undefined
    ? { real: base, problems: [`${path}.${how.serializedName} is ${word}, which is no ${parent}`] }
    : { real, problems: [] }
}

/** Some words are registered under a model between the base and the one they choose: AssetJobOutput.uri_file. */
function chosen(field, parent, word, { discriminators }) {
  const fits = ([name, { type }]) =>
    name.endsWith(`${parent}.${word}`) ||
    (name.endsWith(`.${word}`) && type.polymorphicDiscriminator?.serializedName === field)
  return discriminators[`${parent}.${word}`] ?? Object.entries(discriminators).find(fits)?.[1]
}

/** What of a body that was sent does not come back as it went in, as sentences. */
export function differencesOf(sent, got, path = '$') {
  if (sent === undefined || sent === null) return []
  if (sent instanceof Date) return new Date(got).getTime() === sent.getTime() ? [] : [`${path} came back as ${got}`]
  if (Array.isArray(sent)) {
    if (!Array.isArray(got) || got.length !== sent.length) return [`${path} came back as ${JSON.stringify(got)}`]
    return sent.flatMap((item, index) => differencesOf(item, got[index], `${path}[${index}]`))
  }
  if (isMapping(sent)) {
    return Object.entries(sent).flatMap(([name, value]) =>
      writeOnly.has(name) && got?.[name] === undefined ? [] : differencesOf(value, got?.[name], `${path}.${name}`),
    )
  }
  return sent === got ? [] : [`${path} went in as ${JSON.stringify(sent)} and came back as ${JSON.stringify(got)}`]
}

function isMapping(value) {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
