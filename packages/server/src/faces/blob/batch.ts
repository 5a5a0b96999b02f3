/**
 * Blob Batch: up to 256 deletes in one request, each with its own proof and its own answer. Anything but a delete gets its
 * refusal as its answer, as the service does it.
 */
import { errors, fail } from '@lazurite/spec'
import { toProblem } from '../problem.ts'
import { levelOf, parseAddress, splitTarget } from './address.ts'
import { openAccess, requireAccess } from './auth.ts'
import { type BlobCall, headerOf, readSmallBody } from './call.ts'

const bodyLimitBytes = 4 * 1024 * 1024
const partLimit = 256

interface Part {
  id: string
  method: string
  target: string
  headers: Record<string, string>
}

export async function runBatch(call: BlobCall): Promise<void> {
  const type = headerOf(call, 'content-type') ?? ''
  const boundary = /^multipart\/mixed\s*;\s*boundary="?([^";\s]{1,70})"?/i.exec(type)?.[1]
  if (boundary === undefined) fail('InvalidHeaderValue', { header: 'Content-Type', what: 'it names no boundary' })
  const body = (await readSmallBody(call, bodyLimitBytes)).toString('utf8')
  const parts = body.split(`--${boundary}`).slice(1, -1).map(parsePart)
  if (parts.length === 0 || parts.length > partLimit) {
    fail('BadArgument', { what: `A batch holds 1 to ${partLimit} requests.` })
  }
  const answers: string[] = []
  const mark = `batchresponse_${call.request.id}`
  for (const part of parts) {
    const answer = await runPart(call, part)
    const id = part.id === '' ? '' : `Content-ID: ${part.id}\r\n`
    answers.push(`--${mark}\r\nContent-Type: application/http\r\n${id}\r\n${answer}`)
  }
  call.reply
    .code(202)
    .type(`multipart/mixed; boundary=${mark}`)
    .send(`${answers.join('')}--${mark}--\r\n`)
}

function parsePart(text: string): Part {
  const lines = text.replace(/^\r?\n/, '').split(/\r?\n/)
  const outer = headersOf(lines)
  const line = /^([A-Z]+) (\S+) HTTP\/1\.1$/.exec(lines.shift() ?? '')
  if (!line) return fail('BadArgument', { what: 'A part of the batch is no request.' })
  return { id: outer['content-id'] ?? '', method: line[1] ?? '', target: line[2] ?? '', headers: headersOf(lines) }
}

/** Takes the lines up to an empty one. */
function headersOf(lines: string[]): Record<string, string> {
  const headers: Record<string, string> = {}
  for (let line = lines.shift(); line !== undefined && line !== ''; line = lines.shift()) {
    const cut = line.indexOf(':')
    if (cut > 0) headers[line.slice(0, cut).trim().toLowerCase()] = line.slice(cut + 1).trim()
  }
  return headers
}

async function runPart(call: BlobCall, part: Part): Promise<string> {
  const common = `x-ms-request-id: ${call.request.id}\r\nx-ms-version: ${part.headers['x-ms-version'] ?? '2021-12-02'}`
  try {
    await removeOne(call, part)
    return `HTTP/1.1 202 Accepted\r\nx-ms-delete-type-permanent: true\r\n${common}\r\n\r\n`
  } catch (error) {
    const { problem, known } = toProblem(error, call.request.id)
    if (!known) call.deps.log.error({ err: error, id: call.request.id }, 'unexpected error in a batch')
    const code = errors[problem.code].blob
    const text = problem.message.replace(/[<>&\r\n]/g, ' ')
    const xml = `<?xml version="1.0" encoding="utf-8"?>\n<Error><Code>${code}</Code><Message>${text}</Message></Error>`
    const length = Buffer.byteLength(xml)
    return (
      `HTTP/1.1 ${problem.http} ${problem.http === 404 ? 'Not Found' : 'Refused'}\r\nx-ms-error-code: ${code}\r\n${common}\r\n` +
      `Content-Length: ${length}\r\nContent-Type: application/xml\r\n\r\n${xml}\r\n`
    )
  }
}

async function removeOne(call: BlobCall, part: Part): Promise<void> {
  if (part.method !== 'DELETE') {
    fail('OperationNotSupported', {
      what: 'In a batch, anything but a delete',
      why: 'there is one disk and no tiers',
      instead: 'Delete.',
    })
  }
  const { path, query } = splitTarget(part.target.replace(/^https?:\/\/[^/]+/, ''))
  // Clients leave the account out of the path when it stands in the address of the batch itself.
  const address = parseAddress(path.startsWith(`/${call.account}/`) ? path : `/${call.account}${path}`)
  const { container, blob } = address
  if (levelOf(address) !== 'blob' || container === undefined || blob === undefined) {
    fail('BadArgument', { what: 'A part of the batch names no blob.' })
  }
  if (call.container !== '' && container !== call.container) fail('PermissionMismatch', { what: 'leave the container' })
  const signed = { method: part.method, path, query, headers: part.headers }
  const own = part.headers.authorization !== undefined || query.has('sig')
  const access = own ? await openAccess(call.deps, { request: call.request, address, signed }) : call.access
  requireAccess(access, { act: 'delete the blob', needs: 'd' })
  if (!(await call.deps.store.bytes.remove(address.account, container, blob))) fail('BlobNotFound', { name: blob })
}
