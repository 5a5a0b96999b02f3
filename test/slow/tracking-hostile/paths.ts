// Paths that climb, or are no paths at all, in the spellings that have fooled servers.

const dots = [
  '..',
  '%2e%2e',
  '%252e%252e',
  '%25252e%25252e',
  '.%2e',
  '..;',
  '..%00',
  '%c0%ae%c0%ae',
  '%uff0e%uff0e',
  '....//',
]
const slashes = ['/', '%2f', '%252f', '\\', '%5c', '%255c']
const climbs = dots.flatMap((dot) =>
  slashes.flatMap((slash) => [3, 9].map((n) => `${`${dot}${slash}`.repeat(n)}canary`)),
)
const odd = [
  '/etc/passwd',
  '//etc/passwd',
  '%2fetc%2fpasswd',
  'file:///etc/passwd',
  'file:%2f%2f%2fetc%2fpasswd',
  'file:/etc/passwd?x=/../..',
  'x#/../../../canary',
  'x%23/../../../canary',
  'x;/../../../canary',
  'x%3b/../../../canary',
  'x?/../../../canary',
  'x%3f/../../../canary',
  'C:/Windows/win.ini',
  'C%3a%5cWindows%5cwin.ini',
  '~root/.bashrc',
  '$HOME/.bashrc',
  'model/../../../../canary',
  'model/./../canary',
  'model//../../canary',
  '\u0000',
  '%',
  'a'.repeat(5000),
]
export const paths = [...climbs, ...odd]
/** As a header line may carry it. */
export const inLine = (path: string) => path.replace(/[\u0000-\u0020\u007f-\uffff]/g, encodeURIComponent)
