// What only models do: they are packed.
import { asObject, asString, fail, kindByName } from '@lazurite/spec'
import type { Environment, Model } from '../generated/documents.ts'
import { documentOf, type Saved } from './document.ts'
import { resolveDocument, type UploadProgress } from './resolve.ts'
import { VersionedOperations } from './versions.ts'
import { sourceOf } from './written.ts'

/** What a package is made of, as the YAML file of `laz model package` says it. */
export interface PackageRequest {
  /** Name of the environment that comes of it, or `azureml:<name>:<version>`. */
  target_environment: string
  /** What its packages are; a model of MLflow says so itself. */
  base_environment_source?: { type: 'environment_asset'; resource_id: string }
  inferencing_server: { type: 'azureml_online'; code_configuration?: { code: string; scoring_script: string } }
  environment_variables?: Record<string, string>
  tags?: Record<string, string>
}

/** A package that was made. */
export interface Packed {
  /** Deployments of it need neither model nor code. */
  environment: Saved<Environment>
  /** Its folder; `laz.download(uri, './package')` brings it. */
  uri: string
}

/** A trained model. */
export class ModelVerbs extends VersionedOperations<Model> {
  /** Packs a version with its code, its packages and a server. Raises NotSupported for what cannot be packed. */
  async package(
    name: string,
    version: string,
    request: PackageRequest,
    options: { progress?: UploadProgress } = {},
  ): Promise<Packed> {
    const kind = kindByName('model-package') ?? fail('InternalError', {})
    const { properties } = await resolveDocument(this.client, kind, sourceOf(request, this.client), options)
    const { targetEnvironmentId } = asObject(await this.act({ name, version }, 'package', properties))
    const id = asString(targetEnvironmentId) ?? ''
    const [, environment = '', number = ''] = /\/environments\/([^/]+)\/versions\/([^/]+)$/.exec(id) ?? []
    const all = this.client.of('environment')
    const made = await all.get({ name: environment, version: number })
    const uri = asString(asObject(made.properties.properties)['lazurite.package']) ?? ''
    return { environment: documentOf<Environment>(all.kind, made), uri }
  }
}
