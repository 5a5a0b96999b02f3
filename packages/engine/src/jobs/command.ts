/** A command job: what the user wrote, with its expressions filled in. */
import { admitCommand } from './admit.ts'
import { commandOf } from './launch.ts'
import { processJob } from './process-job.ts'

export const command = processJob({ jobType: 'Command', admit: admitCommand, command: commandOf })
