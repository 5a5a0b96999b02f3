// A chart as a file.
import { token } from '../theme.ts'

export function saveText(name: string, text: string): void {
  save(name, new Blob([text], { type: 'text/csv' }))
}

/** What is drawn, on the ground it is drawn on. */
export function savePicture(name: string, drawn: HTMLCanvasElement): void {
  const canvas = document.createElement('canvas')
  canvas.width = drawn.width
  canvas.height = drawn.height
  const context = canvas.getContext('2d')
  if (!context) return
  context.fillStyle = token('surface')
  context.fillRect(0, 0, canvas.width, canvas.height)
  context.drawImage(drawn, 0, 0)
  canvas.toBlob((blob) => blob && save(name, blob))
}

function save(name: string, blob: Blob): void {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(blob)
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), 1000)
}
