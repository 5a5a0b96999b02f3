/** Which release of the official Python client asks: a few answers have to fit what a release does with them. */

/** Whether the caller is azure-ai-ml of a release after `major.minor`. False for every other caller. */
export function isNewerThan(userAgent: string | undefined, major: number, minor: number): boolean {
  const version = /azure-ai-ml\/(\d{1,6})\.(\d{1,6})/i.exec(userAgent ?? '')
  if (!version) return false
  const [theirMajor, theirMinor] = [Number(version[1]), Number(version[2])]
  return theirMajor > major || (theirMajor === major && theirMinor > minor)
}
