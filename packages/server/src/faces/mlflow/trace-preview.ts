/** What a list of traces shows of what went in and came out: the last words of a chat, or the beginning of the JSON. */
import { isObject } from '@lazurite/spec'

const longest = 1000

/** At most 1000 characters; undefined when there is nothing. */
export function previewOf(value: unknown, role: 'user' | 'assistant'): string | undefined {
  if (value === undefined || value === null) return undefined
  const text = spokenIn(value, role) || printed(value)
  return text.length <= longest ? text : `${text.slice(0, longest - 3)}...`
}

function spokenIn(value: unknown, role: string): string | undefined {
  const messages = messagesOf(value, 0)
  const last = messages?.findLast((message) => message.role === role) ?? messages?.at(-1)
  const content = last?.content
  if (typeof content === 'string') return content
  if (!Array.isArray(content)) return undefined
  for (const part of content as unknown[]) {
    if (typeof part === 'string') return part
    if (isObject(part) && (part.type === 'text' || part.type === 'output_text') && typeof part.text === 'string')
      return part.text
  }
  return undefined
}

interface Message {
  role: unknown
  content: unknown
}

function messagesOf(value: unknown, depth: number): Message[] | undefined {
  if (!isObject(value) || depth > 5) return undefined
  const { messages, choices, input, output, request } = value as Record<string, unknown>
  if (Array.isArray(messages)) return messages.filter(isMessage)
  const choice: unknown = Array.isArray(choices) ? choices[0] : undefined
  if (isObject(choice) && isMessage(choice.message)) return [choice.message]
  if (Array.isArray(input)) return input.filter(isMessage)
  if (Array.isArray(output)) return output.filter(isMessage)
  return messagesOf(request, depth + 1)
}

function isMessage(value: unknown): value is Message {
  return isObject(value) && Object.hasOwn(value, 'role') && Object.hasOwn(value, 'content')
}

/** JSON with the blanks that Python puts in. */
function printed(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(printed).join(', ')}]`
  if (isObject(value))
    return `{${Object.entries(value)
      .map(([key, each]) => `${JSON.stringify(key)}: ${printed(each)}`)
      .join(', ')}}`
  return JSON.stringify(value) ?? 'null'
}
