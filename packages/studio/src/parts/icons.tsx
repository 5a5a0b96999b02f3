// Lines on a grid of 16; a mark beside a word is decoration and is not read out.

const paths = {
  home: 'M2.5 7.5 8 3l5.5 4.5V13a.5.5 0 0 1-.5.5H9.75V10h-3.5v3.5H3a.5.5 0 0 1-.5-.5z',
  play: 'M4.5 3v10l8-5z',
  pipeline: 'M4 3.5a1.5 1.5 0 1 0 .01 0M12 9.5a1.5 1.5 0 1 0 .01 0M4 6.5V9a2 2 0 0 0 2 2h4.5M4 6.5V13',
  flask: 'M6 2.5h4M6.8 2.5v4L3.4 12a1 1 0 0 0 .9 1.5h7.4a1 1 0 0 0 .9-1.5L9.2 6.5v-4M5 9.8h6',
  trace: 'M2.5 3.5h8M5 6.8h8.5M5 9.9h4M8 13h5.5',
  clock: 'M8 2.5a5.5 5.5 0 1 0 .01 0M8 5v3l2 1.5',
  data: 'M3 4c0-1 2.2-1.5 5-1.5S13 3 13 4s-2.2 1.5-5 1.5S3 5 3 4zm0 0v8c0 1 2.2 1.5 5 1.5s5-.5 5-1.5V4M3 8c0 1 2.2 1.5 5 1.5S13 9 13 8',
  model: 'M8 2v12M2 8h12M3.8 3.8l8.4 8.4M12.2 3.8l-8.4 8.4',
  box: 'M8 2 13.5 5v6L8 14l-5.5-3V5zM2.5 5 8 8l5.5-3M8 8v6',
  blocks: 'M2.5 2.5h4.5v4.5H2.5zM9 2.5h4.5v4.5H9zM2.5 9h4.5v4.5H2.5zM9 9h4.5v4.5H9z',
  endpoint: 'M8 2v4M8 10v4M2 8h4M10 8h4M8 6.2a1.8 1.8 0 1 0 .01 0',
  chip: 'M4.5 4.5h7v7h-7zM6.5 2v2.5M9.5 2v2.5M6.5 11.5V14M9.5 11.5V14M2 6.5h2.5M2 9.5h2.5M11.5 6.5H14M11.5 9.5H14',
  search: 'M7 2.5a4.5 4.5 0 1 0 .01 0M10.5 10.5l3 3',
  bell: 'M4 11V7a4 4 0 0 1 8 0v4l1 1H3zM6.8 14h2.4',
  moon: 'M13 9.5A5.5 5.5 0 1 1 6.5 3 4.5 4.5 0 0 0 13 9.5z',
  sun: 'M8 5.2a2.8 2.8 0 1 0 .01 0M8 1.5V3M8 13v1.5M1.5 8H3M13 8h1.5M3.4 3.4l1 1M11.6 11.6l1 1M12.6 3.4l-1 1M4.4 11.6l-1 1',
  copy: 'M5.5 5.5h7v7h-7zM3.5 10.5v-7h7',
  check: 'M3.5 8.5l3 3 6-7',
  cross: 'M4 4l8 8M12 4l-8 8',
  plus: 'M8 3v10M3 8h10',
  star: 'M8 2.2l1.8 3.7 4 .6-2.9 2.8.7 4L8 11.4l-3.6 1.9.7-4L2.2 6.5l4-.6z',
  down: 'M4 6l4 4 4-4',
  up: 'M4 10l4-4 4 4',
  right: 'M6 4l4 4-4 4',
  gear: 'M8 5.8a2.2 2.2 0 1 0 .01 0M8 1.8v2M8 12.2v2M1.8 8h2M12.2 8h2M3.6 3.6 5 5M11 11l1.4 1.4M12.4 3.6 11 5M5 11l-1.4 1.4',
  registry: 'M2.5 4.5h11v3h-11zM2.5 8.5h11v3h-11zM5 6h.01M5 10h.01',
  file: 'M4 2.5h5l3 3v8H4zM9 2.5v3h3',
  folder: 'M2.5 4h4l1.5 1.5h5.5v7h-11z',
  lineage:
    'M3 8a1.5 1.5 0 1 0 .01 0M13 4a1.5 1.5 0 1 0 .01 0M13 12a1.5 1.5 0 1 0 .01 0M4.5 8h3c2 0 1.5-2.5 4-2.5M7.5 8c2 0 1.5 4.5 4 4.5',
  download: 'M8 2.5v7.5M5 7l3 3 3-3M3 13.5h10',
  upload: 'M8 10V2.5M5 5.5l3-3 3 3M3 13.5h10',
  pencil: 'M3 13l.8-3.2L10.6 3l2.4 2.4-6.8 6.8z',
  more: 'M3.5 8h.01M8 8h.01M12.5 8h.01',
} as const

export type IconName = keyof typeof paths

export function Icon({ name }: { name: IconName }) {
  return (
    <svg className="icon" viewBox="0 0 16 16" aria-hidden="true">
      <path d={paths[name]} />
    </svg>
  )
}
