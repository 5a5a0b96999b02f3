import { describe, expect, it } from 'vitest'
import { LazError } from './errors.ts'
import { canCancel, canMove, historyStatus, isFinal, type JobState, jobStates, mlflowStatus, move } from './status.ts'

describe('job states', () => {
  const names = Object.keys(jobStates) as JobState[]
  it('every arrow leads to a state', () => {
    for (const [name, row] of Object.entries(jobStates))
      for (const to of row.to) expect(names, `${name} → ${to}`).toContain(to)
  })
  it('every state can be reached and reaches an end', () => {
    const reach = (from: JobState, seen = new Set<JobState>()): Set<JobState> => {
      for (const to of jobStates[from].to) if (!seen.has(to)) reach(to, seen.add(to))
      return seen
    }
    expect([...reach('NotStarted'), 'NotStarted'].sort()).toEqual([...names].sort())
    for (const name of names) if (!isFinal(name)) expect([...reach(name)].some(isFinal), name).toBe(true)
  })
  it('three states are final', () => expect(names.filter(isFinal)).toEqual(['Completed', 'Failed', 'Canceled']))
  it('what runs can be cancelled, what ended cannot', () => {
    expect(['NotStarted', 'Queued', 'Running', 'Paused'].every(canCancel)).toBe(true)
    expect(['Completed', 'Failed', 'Canceled', 'CancelRequested', 'Nonsense'].some(canCancel)).toBe(false)
  })
  it('move answers the state or raises', () => {
    expect(move(jobStates, 'Queued', 'Starting')).toBe('Starting')
    expect(move(jobStates, 'Running', 'Running')).toBe('Running')
    expect(() => move(jobStates, 'Completed', 'Running')).toThrow(LazError)
    expect(canMove(jobStates, 'constructor', 'Running')).toBe(false)
  })
  it('speaks the words of MLflow and of run history', () => {
    expect(['Queued', 'Running', 'Finalizing', 'Completed', 'Failed', 'Canceled', '?'].map(mlflowStatus)).toEqual([
      'SCHEDULED',
      'RUNNING',
      'RUNNING',
      'FINISHED',
      'FAILED',
      'KILLED',
      'SCHEDULED',
    ])
    expect([historyStatus('Running'), historyStatus('?')]).toEqual(['Running', 'NotStarted'])
  })
})
