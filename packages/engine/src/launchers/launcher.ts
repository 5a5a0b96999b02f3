import type { Crew } from '../distribute.ts'

/** What a launcher is told of the job whose processes it starts. */
export interface Launch {
  crew: Crew
  /** The rendered command of the job. */
  command: string
  ports: number[]
  /** Folder of the attempt, absolute: files of ours may be put there. */
  dir: string
  /** `user_logs` of the run, absolute. */
  logs: string
  /** What is different on each node, by its number. */
  nodes: { cwd: string; env: Record<string, string>; cores: number; gpus: number }[]
}

/** The command that starts the processes, and the files it needs, by name. */
export interface Launched {
  command: string
  files: Record<string, string>
}

export interface Launcher {
  /** The program that must be on the PATH of the job. */
  readonly program: string
  readonly instead: string
  launch(o: Launch): Launched
}
