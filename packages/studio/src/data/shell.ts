// Commands to copy hold words of people and of addresses: a shell is handed them as words, whatever they are.

/** One word for a shell: as it is where that is plain, else in quotes. */
export function shellWord(text: string): string {
  return /^[\w.:/=@%+,-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`
}
