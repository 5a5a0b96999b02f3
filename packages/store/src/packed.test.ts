import { gunzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { joinAsBytes, joinAsGzip, pack } from './packed.ts'

const texts = ['{"runs":[', 'ä'.repeat(70_000), '', ',', JSON.stringify({ a: 'b'.repeat(3000) }), ']}']

describe('packed texts', () => {
  it('join to one gzip file, checksum and length included', () => {
    const file = joinAsGzip(texts.map(pack))
    expect(gunzipSync(file).toString()).toBe(texts.join(''))
    file[file.length - 6] = (file[file.length - 6] ?? 0) ^ 1
    expect(() => gunzipSync(file)).toThrow()
  })

  it('join to what they were', () => {
    expect(joinAsBytes(texts.map(pack)).toString()).toBe(texts.join(''))
    expect(joinAsBytes([]).length).toBe(0)
    expect(gunzipSync(joinAsGzip([])).length).toBe(0)
  })
})
