import { expect, test } from 'vitest'
import { hexOf, readNumpy, readTensors, readZip, tensorHeaderLength } from './headers.ts'
import { isPickle, previewKind } from './kind.ts'

const latin = (text: string) => Uint8Array.from(text, (letter) => letter.charCodeAt(0))

test('an array tells its type and shape', () => {
  const header = "{'descr': '<f4', 'fortran_order': False, 'shape': (100, 8), }\n"
  const bytes = latin(`\x93NUMPY\x01\x00${String.fromCharCode(header.length)}\x00${header}`)
  expect(readNumpy(bytes)).toEqual({ name: 'array', type: '<f4', shape: [100, 8] })
  expect(readNumpy(latin('not an array at all'))).toBeUndefined()
})

test('tensors tell names, types, shapes and sizes', () => {
  expect(tensorHeaderLength(Uint8Array.of(16, 1, 0, 0, 0, 0, 0, 0))).toBe(272)
  const told = '{"__metadata__":{"a":"b"},"w":{"dtype":"F16","shape":[2,3],"data_offsets":[0,12]}}'
  expect(readTensors(told)).toEqual([{ name: 'w', type: 'F16', shape: [2, 3], sizeBytes: 12 }])
})

test('a zip is listed from its end', () => {
  const name = 'a/b.txt'
  const bytes = new Uint8Array(46 + name.length + 22)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, 0x02014b50, true)
  view.setUint32(24, 1234, true)
  view.setUint16(28, name.length, true)
  bytes.set(latin(name), 46)
  view.setUint32(46 + name.length, 0x06054b50, true)
  view.setUint16(46 + name.length + 10, 1, true)
  // the directory begins at 1000 of a file whose end this is
  view.setUint32(46 + name.length + 16, 1000, true)
  expect(readZip(bytes, 1000 + bytes.length)).toEqual([{ path: name, sizeBytes: 1234 }])
  expect(readZip(bytes, 5000 + bytes.length)).toBeUndefined()
  expect(readZip(latin('no zip, and longer than its end would be'), 40)).toBeUndefined()
})

test('files are shown by their names', () => {
  expect(['a.PNG', 'b.html', 'c.csv', 'MLmodel', 'd.pt', 'e.whl'].map(previewKind)).toEqual([
    'image',
    'html',
    'look',
    'look',
    'opaque',
    'zip',
  ])
  expect([isPickle('m.pkl'), isPickle('m.onnx')]).toEqual([true, false])
  expect(hexOf(latin('Hi\n'))).toBe(`000000  ${'48 69 0a'.padEnd(48)} Hi.`)
})
