// Where the code came from, when it lies in a git work tree: the properties the official client puts on a job.
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** Repository, branch, commit and dirty state of the work tree around a folder; empty where there is none or git is missing. */
export async function gitProperties(folder: string): Promise<Record<string, string>> {
  if (!insideWorkTree(folder)) return {}
  const [status, url] = await Promise.all([
    git(folder, ['status', '--porcelain=v2', '--branch', '--untracked-files=no']),
    git(folder, ['config', '--get', 'remote.origin.url']),
  ])
  const line = (name: string) => new RegExp(`^# branch\\.${name} (.+)$`, 'm').exec(status ?? '')?.[1]
  const commit = line('oid')
  if (commit === undefined || commit === '(initial)') return {}
  const branch = line('head')
  const repository = url === undefined || url.trim() === '' ? undefined : withoutSecrets(url.trim())
  const named = branch !== undefined && branch !== '(detached)'
  return {
    ...(repository ? { 'azureml.git.repository_uri': repository, 'mlflow.source.git.repoURL': repository } : {}),
    ...(named ? { 'azureml.git.branch': branch, 'mlflow.source.git.branch': branch } : {}),
    'azureml.git.commit': commit,
    'mlflow.source.git.commit': commit,
    'azureml.git.dirty': /^[^#\s]/m.test(status ?? '') ? 'True' : 'False',
  }
}

function insideWorkTree(folder: string): boolean {
  for (let here = folder; ; here = dirname(here)) {
    if (existsSync(join(here, '.git'))) return true
    if (dirname(here) === here) return false
  }
}

/** A remote's address may carry a user and a token: neither belongs in a job's record. */
function withoutSecrets(url: string): string {
  return url.replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/@]*@/i, '$1')
}

function git(folder: string, words: readonly string[]): Promise<string | undefined> {
  return new Promise((done) => {
    const options = { timeout: 2000, maxBuffer: 2 ** 24, env: { ...process.env, GIT_OPTIONAL_LOCKS: '0' } }
    execFile('git', ['-C', folder, ...words], options, (error, stdout) => done(error ? undefined : stdout))
  })
}
