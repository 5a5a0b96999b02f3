import { expect, test } from 'vitest'
import { readCamera, writeCamera } from './kept-camera.ts'

test('a look is written and read, in a window of another size too', () => {
  const text = writeCamera({ left: -100, top: 50, zoom: 0.5 }, { width: 800, height: 600 })
  expect(text).toBe('1000,500,0.5')
  expect(readCamera(text, { width: 800, height: 600 })).toEqual({ left: -100, top: 50, zoom: 0.5 })
  expect(readCamera(text, { width: 400, height: 300 })).toEqual({ left: -300, top: -100, zoom: 0.5 })
  expect(['', '1,2', '1,2,9', 'a,b,c', '1,2,0'].map((wrong) => readCamera(wrong, { width: 1, height: 1 }))).toEqual(
    Array(5).fill(undefined),
  )
})
