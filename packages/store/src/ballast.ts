// A full disk must not keep the house from saying that the disk is full: a file of a few MiB is kept in the home, given up
// when the database finds no room, and put back once there is plenty again.
import { randomFillSync } from 'node:crypto'
import { rmSync, statfsSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Room for some ten thousand writes of rows. */
const ballastBytes = 4 * 1024 * 1024
/** Only with this much room to spare is the ballast taken on. */
const plentyBytes = 4 * ballastBytes

export interface Ballast {
  /** Gives the room back to the disk. */
  drop(): void
  /** Takes it on again when there is plenty; cheap when it is aboard. */
  load(): void
}

/** The ballast of a home folder, aboard when there is room for it. Never throws. */
export function holdBallast(home: string): Ballast {
  const path = join(home, 'ballast')
  let aboard = statSync(path, { throwIfNoEntry: false })?.size === ballastBytes
  const drop = () => {
    aboard = false
    try {
      rmSync(path, { force: true })
    } catch {
      // then there is none to give
    }
  }
  const load = () => {
    if (aboard) return
    try {
      const { bavail, bsize } = statfsSync(home)
      if (bavail * bsize < plentyBytes) return
      // noise, since a file system that compresses would keep nothing of zeros
      writeFileSync(path, randomFillSync(Buffer.allocUnsafe(ballastBytes)), { mode: 0o600 })
      aboard = true
    } catch {
      drop()
    }
  }
  load()
  return { drop, load }
}
