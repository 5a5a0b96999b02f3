/**
 * What libraries of OpenTelemetry call what MLflow has its own words for: the kind of a span, what went in and came out,
 * tokens, the model. One table a convention; the first that says something is heard.
 */

interface Convention {
  kind: string
  kinds: Readonly<Record<string, string>>
  inputs: readonly string[]
  outputs: readonly string[]
  models: readonly string[]
  provider?: string
  tokens: Readonly<Record<string, readonly string[]>>
}

/** https://opentelemetry.io/docs/specs/semconv/gen-ai/ */
const genAi: Convention = {
  kind: 'gen_ai.operation.name',
  kinds: {
    chat: 'CHAT_MODEL',
    create_agent: 'AGENT',
    embeddings: 'EMBEDDING',
    execute_tool: 'TOOL',
    generate_content: 'LLM',
    invoke_agent: 'AGENT',
    text_completion: 'LLM',
    response: 'LLM',
  },
  inputs: ['gen_ai.input.messages', 'gen_ai.tool.call.arguments'],
  outputs: ['gen_ai.output.messages', 'gen_ai.tool.call.result'],
  models: ['gen_ai.response.model', 'gen_ai.request.model'],
  provider: 'gen_ai.provider.name',
  tokens: {
    input_tokens: ['gen_ai.usage.input_tokens'],
    output_tokens: ['gen_ai.usage.output_tokens'],
    cache_read_input_tokens: ['gen_ai.usage.cache_read.input_tokens'],
    cache_creation_input_tokens: ['gen_ai.usage.cache_write.input_tokens', 'gen_ai.usage.cache_creation.input_tokens'],
  },
}

const same = (...words: string[]) => Object.fromEntries(words.map((word) => [word, word]))

/** https://arize-ai.github.io/openinference/spec/semantic_conventions.html */
const openInference: Convention = {
  kind: 'openinference.span.kind',
  kinds: same(
    'TOOL',
    'CHAIN',
    'LLM',
    'RETRIEVER',
    'EMBEDDING',
    'AGENT',
    'RERANKER',
    'UNKNOWN',
    'GUARDRAIL',
    'EVALUATOR',
  ),
  inputs: ['input.value'],
  outputs: ['output.value'],
  models: ['llm.response.model_name', 'llm.model_name', 'llm.request.model_name', 'embedding.model_name'],
  provider: 'llm.provider',
  tokens: {
    input_tokens: ['llm.token_count.prompt'],
    output_tokens: ['llm.token_count.completion'],
    total_tokens: ['llm.token_count.total'],
    cache_read_input_tokens: ['llm.token_count.prompt_details.cache_read'],
    cache_creation_input_tokens: ['llm.token_count.prompt_details.cache_write'],
  },
}

/** https://www.traceloop.com/docs/openllmetry/contributing/semantic-conventions */
const traceloop: Convention = {
  kind: 'traceloop.span.kind',
  kinds: { workflow: 'WORKFLOW', task: 'TASK', agent: 'AGENT', tool: 'TOOL', unknown: 'UNKNOWN' },
  inputs: ['traceloop.entity.input', 'gen_ai.prompt.0.content'],
  outputs: ['traceloop.entity.output', 'gen_ai.completion.0.content'],
  models: [],
  provider: 'gen_ai.system',
  tokens: {
    input_tokens: ['gen_ai.usage.prompt_tokens'],
    output_tokens: ['gen_ai.usage.completion_tokens'],
    total_tokens: ['llm.usage.total_tokens'],
  },
}

const conventions = [genAi, openInference, traceloop]

export interface Heard {
  type?: string
  inputs?: unknown
  outputs?: unknown
  model?: string
  provider?: string
  usage?: Record<string, number>
}

/** What the attributes of a span say in the words of any convention. */
export function hear(attributes: ReadonlyMap<string, unknown>): Heard {
  const heard: Heard = {}
  for (const c of conventions) {
    const kind = attributes.get(c.kind)
    if (typeof kind === 'string' && Object.hasOwn(c.kinds, kind)) heard.type ??= c.kinds[kind] ?? kind
    heard.inputs ??= firstOf(attributes, c.inputs)
    heard.outputs ??= firstOf(attributes, c.outputs)
    const [model, provider] = [firstOf(attributes, c.models), c.provider && attributes.get(c.provider)]
    if (typeof model === 'string') heard.model ??= model
    if (typeof provider === 'string') heard.provider ??= provider
    const usage = usageOf(attributes, c)
    if (usage) heard.usage ??= usage
  }
  return heard
}

function firstOf(attributes: ReadonlyMap<string, unknown>, keys: readonly string[]): unknown {
  for (const key of keys) {
    const value = attributes.get(key)
    if (value !== undefined && value !== null && value !== '') return value
  }
  return undefined
}

function usageOf(attributes: ReadonlyMap<string, unknown>, { tokens }: Convention): Record<string, number> | undefined {
  const usage: Record<string, number> = {}
  for (const [name, keys] of Object.entries(tokens)) {
    const count = Number(firstOf(attributes, keys) ?? Number.NaN)
    if (Number.isSafeInteger(count)) usage[name] = count
  }
  const { input_tokens: asked, output_tokens: answered } = usage
  if (asked === undefined && answered === undefined) return undefined
  return { ...usage, total_tokens: usage.total_tokens ?? (asked ?? 0) + (answered ?? 0) }
}
