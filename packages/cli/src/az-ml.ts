// What `az ml` has: every command with its flags, as facts to hold our own table against. A flag is its long name, its
// letter after a slash, and `!` where the parser insists on it. Left out are the flags of every command (--output,
// --query, --subscription, --debug, --verbose, --only-show-errors, --help) and -g and -w, which ours all take.
// Loaded by tests and by the generator of the reference; no command of ours reads it.

const text = `
azure-openai-deployment list: connection-name/c!
batch-deployment create: file/f! endpoint-name/e name/n no-wait set set-default skip-script-validation
batch-deployment delete: endpoint-name/e! name/n! no-wait yes/y
batch-deployment list: endpoint-name/e!
batch-deployment list-jobs: endpoint-name/e! name/n!
batch-deployment show: endpoint-name/e! name/n!
batch-deployment update: add endpoint-name/e file/f force-string name/n no-wait remove set
batch-endpoint create: file/f name/n no-wait set
batch-endpoint delete: name/n! no-wait yes/y
batch-endpoint invoke: name/n! deployment-name/d experiment-name file/f input input-type inputs instance-count/c
    job-name mini-batch-size/m output-path outputs set
batch-endpoint list:
batch-endpoint list-jobs: name/n!
batch-endpoint show: name/n!
batch-endpoint update: add defaults file/f force-string name/n no-wait remove set
capability-host create: ai-services-connections/a capability-host-kind description file/f name/n no-wait set
    storage-connections/s vector-store-connections/v
capability-host delete: name/n! no-wait
capability-host show: name/n!
component archive: name/n! label/l registry-name version/v
component create: file/f! name/n registry-name set skip-validation version/v
component list: archived-only include-archived max-results/r name/n registry-name
component prepare-for-sign: file/f! registry-name
component restore: name/n! label/l registry-name version/v
component show: name/n! label/l registry-name version/v
component update: name/n! add force-string label/l registry-name remove set version/v
compute attach: admin-password admin-username file/f identity-type name/n namespace no-wait resource-id ssh-port
    ssh-private-key-file type/t user-assigned-identities/i
compute connect-ssh: name/n! private-key-file-path/f
compute create: admin-password admin-username description enable-node-public-ip file/f identity-type
    idle-time-before-scale-down/d location/l max-instances min-instances name/n no-wait set size ssh-key-value
    ssh-public-access-enabled/p subnet tags tier type/t user-assigned-identities/i user-object-id user-tenant-id
    vnet-name
compute delete: name/n! no-wait yes/y
compute detach: name/n! no-wait yes/y
compute enable-sso: name/n! disable
compute list: max-results/r type
compute list-nodes: name/n!
compute list-sizes: location/l type/t
compute list-usage: location/l
compute restart: name/n! no-wait
compute show: name/n!
compute start: name/n! no-wait
compute stop: name/n! no-wait
compute update: name/n! add force-string identity-type idle-time-before-scale-down/d max-instances min-instances
    no-wait remove set tags user-assigned-identities/i
connection create: file/f! name/n populate-secrets/p set
connection delete: name/n! yes/y
connection list: max-results/r populate-secrets/p type/t
connection show: name/n! populate-secrets/p
connection update: name/n! add force-string populate-secrets/p remove set
data archive: name/n! label/l version/v
data create: datastore description/d file/f name/n no-wait path/p registry-name set skip-validation type/t version/v
data import: datastore description/d file/f name/n path/p set skip-validation type/t version/v
data list: archived-only include-archived max-results/r name/n registry-name
data list-materialization-status: all-results archived-only include-archived max-results/r name/p
data mount: path! mode mount-point persistent
data restore: name/n! label/l version/v
data share: name/n! registry-name! share-with-name! share-with-version! version/v!
data show: name/n! label/l registry-name version/v
data update: name/n! add force-string label/l registry-name remove set version/v
datastore create: file/f! name/n set
datastore delete: name/n!
datastore list: max-results/r
datastore mount: path! mode mount-point persistent
datastore show: name/n!
datastore update: add file/f force-string name/n remove set
deployment-template archive: name/n! registry-name/r! version/v! no-wait
deployment-template create: registry-name/r! file/f name/n no-wait set version/v
deployment-template list: registry-name/r!
deployment-template restore: name/n! registry-name/r! version/v! no-wait
deployment-template show: name/n! registry-name/r! version/v!
deployment-template update: name/n! registry-name/r! version/v! add force-string remove set
environment archive: name/n! label/l registry-name version/v
environment create: build-context/b conda-file/c datastore description dockerfile-path/d file/f image/i name/n
    no-wait os-type registry-name set tags version/v
environment list: archived-only include-archived max-results/r name/n registry-name
environment restore: name/n! label/l registry-name version/v
environment share: name/n! registry-name! share-with-name! share-with-version! version/v!
environment show: name/n! label/l registry-name version/v
environment update: name/n! add force-string label/l registry-name remove set version/v
feature-set archive: name/n! version/v! feature-store-name yes/y
feature-set backfill: by-data-status/d by-job-id/j compute-resource/r description display-name feature-store-name
    feature-window-end-time/e feature-window-start-time/s file/f name/n spark-configuration-settings/c tags
    version/v
feature-set create: description/d feature-store-name file/f materialization-settings/m name/n no-wait set
    specification/s version/v
feature-set get-feature: feature-name! name/n! version/v! feature-store-name
feature-set list: archived-only feature-store-name include-archived max-results/r name/n
feature-set list-features: name/n! version/v! feature-name feature-store-name
feature-set list-materialization-operation: name/n! version/v! feature-store-name feature-window-end-time/e
    feature-window-start-time/s filters
feature-set restore: name/n! version/v! feature-store-name yes/y
feature-set show: name/n! version/v! feature-store-name
feature-set show-feature: feature-name! name/n! version/v! feature-store-name
feature-set update: feature-store-name! add file/f force-string name/n no-wait remove set version/v
feature-store create: application-insights/a container-registry/c description display-name file/f
    image-build-compute/i location/l managed-network/m materialization-identity/t name/n no-wait
    not-grant-permissions offline-store primary-user-assigned-identity/p public-network-access set tags
    update-dependent-resources/u
feature-store delete: name/n! all-resources no-wait yes/y
feature-store list: max-results/r
feature-store provision-network: name/n! include-spark no-wait
feature-store show: name/n!
feature-store update: name/n! add application-insights/a container-registry/c description display-name file/f
    force-string image-build-compute/i managed-network/m materialization-identity/t no-wait not-grant-permissions
    primary-user-assigned-identity/p public-network-access remove set update-dependent-resources/u
feature-store-entity archive: name/n! version/v! feature-store-name yes/y
feature-store-entity create: description/d feature-store-name file/f name/n no-wait set version/v
feature-store-entity list: archived-only feature-store-name include-archived max-results/r name/n
feature-store-entity restore: name/n! version/v! feature-store-name yes/y
feature-store-entity show: name/n! version/v! feature-store-name
feature-store-entity update: feature-store-name! name/n! version/v! add force-string no-wait remove set
index create: datastore description file/f name/n path/p registry-name set stage/s tags version/v
index list: max-results/r name/n registry-name
index show: name/n! label/l registry-name version/v
job archive: name/n!
job cancel: name/n!
job connect-ssh: name/n! node-index/i private-key-file-path/f
job create: file/f! name/n save-as/a set skip-validation stream/s web/e
job download: name/n! all download-path/p output-name
job list: all-results archived-only include-archived max-results/r parent-job-name/p
job restore: name/n!
job show: name/n! web/e
job show-services: name/n! node-index/i
job stream: name/n!
job update: name/n! add force-string remove set web/e
job validate: file/f! set
marketplace-subscription create: file/f name/n no-wait set
marketplace-subscription delete: name/n! no-wait
marketplace-subscription list:
marketplace-subscription show: name/n!
model archive: name/n! label/l registry-name version/v
model create: datastore description file/f name/n no-wait path/p registry-name set stage/s tags type/t version/v
model download: name/n! version/v! download-path/p registry-name
model list: archived-only include-archived max-results/r name/n registry-name stage/s
model package: file/f! name/n! version/v! registry-name
model restore: name/n! label/l registry-name version/v
model share: name/n! registry-name! share-with-name! share-with-version! version/v!
model show: name/n! label/l registry-name version/v
model update: name/n! add force-string label/l registry-name remove set stage/s version/v
online-deployment create: file/f! all-traffic endpoint-name/e local local-enable-gpu name/n no-wait package-model
    set skip-script-validation vscode-debug web
online-deployment delete: endpoint-name/e! name/n! local no-wait yes/y
online-deployment get-logs: endpoint-name/e! name/n! container/c lines/l local
online-deployment list: endpoint-name/e! local
online-deployment show: endpoint-name/e! name/n! local web
online-deployment update: add endpoint-name/e file/f force-string local local-enable-gpu name/n no-wait remove set
    skip-script-validation vscode-debug web
online-endpoint create: auth-mode file/f local name/n no-wait set web/e
online-endpoint delete: name/n! local no-wait yes/y
online-endpoint get-credentials: name/n!
online-endpoint invoke: name/n! deployment-name/d local request-file/r
online-endpoint list: local
online-endpoint regenerate-keys: name/n! key-type no-wait
online-endpoint show: name/n! local web/e
online-endpoint update: add file/f force-string local mirror-traffic name/n no-wait remove set traffic/r web/e
registry create: display-name file/f name/n no-wait public-network-access set tags
registry delete: name/n
registry list: max-results/r
registry show: name/n!
registry update: add display-name file/f force-string name/n no-wait public-network-access remove set tags
schedule create: file/f! name/n no-wait set
schedule delete: name/n! no-wait
schedule disable: name/n! no-wait
schedule enable: name/n! no-wait
schedule list: disabled-only include-disabled max-results/r
schedule show: name/n!
schedule trigger: name/n!
schedule update: name/n! add force-string no-wait remove set
serverless-endpoint create: file/f name/n no-wait set
serverless-endpoint delete: name/n! no-wait
serverless-endpoint get-credentials: name/n!
serverless-endpoint list:
serverless-endpoint regenerate-keys: name/n! key-type no-wait
serverless-endpoint show: name/n!
serverless-endpoint update: name/n! add force-string no-wait remove set
workspace create: allow-roleassignment-on-rg/r application-insights/a container-registry/c default-resource-group
    description display-name enable-data-isolation/e file/f hub-id image-build-compute/i key-vault/k kind location/l
    managed-network/m name/n no-wait primary-user-assigned-identity/p provision-network-now public-network-access
    set storage-account/s system-datastores-auth-mode/d tags update-dependent-resources/u
workspace delete: name/n! all-resources no-wait permanently-delete/p yes/y
workspace diagnose: name/n! no-wait
workspace list: filtered-kinds max-results/r
workspace list-keys: name/n!
workspace outbound-rule list:
workspace outbound-rule remove: rule! no-wait yes/y
workspace outbound-rule set: rule! type! address-prefixes destination fqdns no-wait port-ranges protocol
    service-resource-id service-tag spark-enabled subresource-target
workspace outbound-rule show: rule!
workspace provision-network: name/n! include-spark no-wait
workspace show: name/n!
workspace sync-keys: name/n! no-wait
workspace update: name/n! add allow-roleassignment-on-rg/r application-insights/a container-registry/c description
    display-name file/f force-string image-build-compute/i managed-network/m network-acls no-wait
    primary-user-assigned-identity/p public-network-access remove set system-datastores-auth-mode/d
    update-dependent-resources/u
`

/** One flag of a command of `az ml`. */
export interface AzFlag {
  name: string
  short: string | undefined
  required: boolean
}

/** Every command of `az ml` (`job create`, `workspace outbound-rule set`) with its flags. */
export function azMl(): Map<string, AzFlag[]> {
  const commands = new Map<string, AzFlag[]>()
  for (const line of text
    .trim()
    .replace(/\n {4}/g, ' ')
    .split('\n')) {
    const [path = '', flags = ''] = line.split(':')
    commands.set(path, flags.split(' ').filter(Boolean).map(readFlag))
  }
  return commands
}

function readFlag(word: string): AzFlag {
  const [name = '', short] = word.replace(/!$/, '').split('/')
  return { name, short, required: word.endsWith('!') }
}
