// What a file is, by its name: how it is shown.

export type PreviewKind =
  | 'image'
  | 'html'
  | 'json'
  | 'notebook'
  | 'audio'
  | 'video'
  | 'numpy'
  | 'tensors'
  | 'opaque'
  | 'zip'
  | 'log'
  | 'look'

const endings: Record<Exclude<PreviewKind, 'look'>, string> = {
  image: 'png jpg jpeg gif webp bmp svg avif',
  html: 'html htm',
  json: 'json geojson',
  notebook: 'ipynb',
  audio: 'mp3 wav ogg flac m4a',
  video: 'mp4 webm mov',
  numpy: 'npy',
  tensors: 'safetensors',
  opaque: 'pkl pickle pt pth bin joblib onnx h5 ckpt pdf gz tgz tar 7z',
  zip: 'zip whl npz jar',
  log: 'log',
}

const kinds = new Map(
  Object.entries(endings).flatMap(([kind, words]) => words.split(' ').map((end) => [end, kind as PreviewKind])),
)

/** What the server is asked to make something of, when the name says nothing. */
export function previewKind(name: string): PreviewKind {
  const end = /\.([a-z0-9]+)$/i.exec(name)?.[1]?.toLowerCase()
  return (end === undefined ? undefined : kinds.get(end)) ?? 'look'
}

const imageTypes: Record<string, string> = { jpg: 'jpeg', svg: 'svg+xml' }

export function imageType(name: string): string {
  const end = name.split('.').at(-1)?.toLowerCase() ?? 'png'
  return `image/${imageTypes[end] ?? end}`
}

/** Files that run what is in them when they are loaded. */
export function isPickle(name: string): boolean {
  return /\.(?:pkl|pickle|pt|pth|bin|joblib|ckpt)$/i.test(name)
}
