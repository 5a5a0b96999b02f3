/** Why a Spark job cannot run here, as far as can be told before it runs; and what it runs in. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { asArray, asObject, asString, type Issue, type JsonObject, type Path } from '@lazurite/spec'
import type { EngineSettings } from '../context.ts'
import { cleanPath } from '../python.ts'
import { admitCommand, checkCode, checkEnvironment } from './admit.ts'
import type { Wanted } from './process-kind.ts'
import type { Draft } from './type.ts'

type Settings = Pick<EngineSettings, 'sparkSubmit' | 'sparkMaster'>

/** The runtime Azure takes where a job names none. */
const usualRuntime = '3.4'

/** A job without an environment gets the PySpark of its runtime; any other gets it added. */
export function sparkEnvironment(props: JsonObject, settings: Settings): Wanted {
  const id = asString(props.environmentId) || undefined
  // a Spark of one's own brings its own PySpark
  if (settings.sparkSubmit !== undefined) return { id, also: [] }
  const version = runtimeOf(props)
  return { id: id ?? curatedId(version), also: id === undefined ? [] : [`pyspark~=${version}.0`] }
}

function curatedId(version: string): string {
  return `azureml://registries/azureml/environments/spark-${version}/labels/latest`
}

/** Major and minor version. Spark before 3.3 does not run on the Javas of today. */
function runtimeOf(props: JsonObject): string {
  const asked = asString(asObject(props.resources).runtimeVersion) ?? usualRuntime
  const [major = 3, minor = 0] = asked.split('.').map(Number)
  return major < 3 || (major === 3 && minor < 3) ? '3.3' : `${major}.${minor}`
}

export async function admitSpark(draft: Draft): Promise<Issue[]> {
  const { props, ctx } = draft
  const { id } = sparkEnvironment(props, ctx.settings)
  const asCommand: JsonObject = { ...props, command: props.args ?? '', environmentId: id ?? 'azureml:host@latest' }
  const issues = await admitCommand({ ...draft, props: asCommand })
  return [...checkProgram(draft), ...issues.map(inArgs)]
}

/** The same for a node, whose bindings are checked elsewhere; `props` are those its job will have. */
export async function admitSparkNode(draft: Draft, at: { code: Path; environment: Path }): Promise<Issue[]> {
  const { props, ctx } = draft
  const { id } = sparkEnvironment(props, ctx.settings)
  return [
    ...checkProgram(draft),
    ...(await checkCode(draft, props.codeId, at.code)),
    ...(await checkEnvironment(draft, id ?? 'azureml:host@latest', at.environment)),
  ]
}

function inArgs(issue: Issue): Issue {
  return issue.path[0] === 'command' ? { ...issue, path: ['args', ...issue.path.slice(1)] } : issue
}

function checkProgram({ props, ctx }: Draft): Issue[] {
  const issues = [...checkEntry(props), ...checkFiles(props)]
  const refusal = refusalOfSpark(ctx.settings, process.env)
  if (refusal) issues.unshift(refusal)
  const asked = asString(asObject(props.resources).runtimeVersion)
  if (asked && ctx.settings.sparkSubmit === undefined && !asked.startsWith(runtimeOf(props))) {
    const message = `Spark ${asked} does not run on the Java of today: Spark ${runtimeOf(props)} is taken.`
    issues.push({ path: ['resources', 'runtimeVersion'], message, severity: 'warning' })
  }
  return issues
}

/** Why no Spark runs on this machine at all. */
export function refusalOfSpark({ sparkSubmit }: Settings, env: NodeJS.ProcessEnv): Issue | undefined {
  if (sparkSubmit !== undefined) {
    if (existsSync(sparkSubmit)) return undefined
    return { path: ['type'], message: `There is no spark-submit at ${sparkSubmit}, the place in compute.spark_submit.` }
  }
  const folders = [...(env.JAVA_HOME ? [join(env.JAVA_HOME, 'bin')] : []), ...cleanPath()]
  if (folders.some((folder) => existsSync(join(folder, 'java')))) return undefined
  return {
    path: ['type'],
    message:
      'Spark jobs are not supported on this machine: Spark needs Java, and there is no java on PATH or in JAVA_HOME.',
    hint: 'Install a Java 11 or 17 runtime, or set LAZ_SPARK_SUBMIT to the spark-submit of a Spark you have.',
  }
}

function checkEntry(props: JsonObject): Issue[] {
  const entry = asObject(props.entry)
  const file = asString(entry.file)
  if (entry.className !== undefined || entry.class_name !== undefined) {
    return [
      {
        path: ['entry'],
        message: 'A Scala class cannot be the entry of a Spark job.',
        hint: 'Write {file: <script>.py}.',
      },
    ]
  }
  if (!file) return [{ path: ['entry', 'file'], message: 'The Spark job says no file to start.' }]
  if (!asString(props.codeId)) return [{ path: ['code'], message: `There is no code folder for ${file} to be in.` }]
  return inside(file) ? [] : [{ path: ['entry', 'file'], message: `${file} is not inside the code folder.` }]
}

const lists = ['pyFiles', 'jars', 'files', 'archives'] as const

function checkFiles(props: JsonObject): Issue[] {
  return lists.flatMap((list) =>
    asArray(props[list]).flatMap((text, i): Issue[] => {
      const name = asString(text) ?? ''
      if (name.includes(','))
        return [{ path: [list, i], message: `${name} holds a comma, which Spark reads as two files.` }]
      if (/^[a-z][a-z0-9+.-]*:/i.test(name)) return checkAddress(name, [list, i])
      return inside(name) ? [] : [{ path: [list, i], message: `${name} is not inside the code folder.` }]
    }),
  )
}

/** Spark fetches from the web by itself; addresses of Azure are read through inputs. */
function checkAddress(name: string, path: Path): Issue[] {
  if (/^(https?|s3a|hdfs):/i.test(name)) return []
  const hint = 'Put the file into the code folder.'
  return [
    {
      path,
      message: `${name} cannot be handed to Spark here: only files of the code folder and web addresses can.`,
      hint,
    },
  ]
}

function inside(path: string): boolean {
  return path !== '' && !path.startsWith('/') && !path.split('/').includes('..') && !path.startsWith('-')
}
