/** The server's log: JSON lines by pino, with every place a secret could stand in blanked before it is written. */
import { writeSync } from 'node:fs'
import { type DestinationStream, type Logger, pino, type SerializedError, stdSerializers } from 'pino'

const secretKeys = 'authorization cookie token sig sasToken sasUri password secret secrets client_secret key'.split(' ')
const paths = secretKeys.flatMap((key) => [key, `*.${key}`, `*.*.${key}`])

/** `to`: a stream of its own, for tests; standard output else. */
export function makeLog(level: string, to?: DestinationStream): Logger {
  const options = {
    level,
    base: null,
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: (label: string) => ({ level: label }) },
    redact: { paths, censor: '[secret]' },
    serializers: { err: plainError, req: plainRequest },
  }
  return pino(options, to ?? standardOutput)
}

/**
 * Standard output, a line at a time. A full disk costs the line: pino's own stream waits for room, and with it the whole
 * server.
 */
const standardOutput: DestinationStream = {
  write(line) {
    try {
      writeSync(1, line)
    } catch {
      // nowhere to say it
    }
  },
}

/** Errors with their stack, for the log alone; signatures in their texts are blanked. */
function plainError(error: Error): SerializedError {
  const { type, message, stack, ...rest } = stdSerializers.err(error)
  return {
    ...rest,
    type,
    message: withoutSignatures(message),
    stack: withoutSignatures(stack ?? ''),
  } as SerializedError // same fields, cleaned
}

/** Queries may hold signatures: the log keeps paths. */
function plainRequest(request: { method?: string; url?: string }): object {
  return { method: request.method, path: request.url?.split('?')[0] }
}

/** Blanks signatures and bearer tokens in running text. */
export function withoutSignatures(text: string): string {
  return text
    .replace(/([?&](?:sig|token)=)[^&\s"']+/gi, '$1[secret]')
    .replace(/\b(bearer|basic)\s+[\w.~+/=-]{8,}/gi, '$1 [secret]')
}
