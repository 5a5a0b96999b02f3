import { describe, expect, test } from 'vitest'
import { makeLog, withoutSignatures } from './log.ts'

function lines(write: (log: ReturnType<typeof makeLog>) => void): string {
  let text = ''
  write(
    makeLog('debug', {
      write(line: string) {
        text += line
      },
    }),
  )
  return text
}

describe('the log', () => {
  test('blanks what stands where secrets stand', () => {
    const secret = 'S3CR3T'
    const text = lines((log) => {
      log.info({ token: secret, headers: { authorization: secret, cookie: secret } }, 'x')
      log.info({ body: { credentials: { secrets: secret }, sasToken: secret } }, 'x')
      log.error({ err: new Error(`GET /a?sv=1&sig=${secret}&x=1 with Bearer ${secret}S3CR3T`) }, 'x')
      log.info({ req: { method: 'GET', url: `/a?sig=${secret}` } }, 'x')
    })
    expect(text).not.toContain(secret)
    expect(text.split('\n').filter(Boolean)).toHaveLength(4)
  })

  test('is one line of JSON with a level in words and a time', () => {
    expect(JSON.parse(lines((log) => log.warn({ a: 1 }, 'hello\nworld')))).toMatchObject({
      level: 'warn',
      msg: 'hello\nworld',
      a: 1,
      time: expect.stringMatching(/Z$/),
    })
  })
})

test('running text keeps everything but signatures', () => {
  expect(withoutSignatures('https://h/c?sp=r&sig=abc%2F&se=1')).toBe('https://h/c?sp=r&sig=[secret]&se=1')
  expect(withoutSignatures('the basic idea')).toBe('the basic idea')
})
