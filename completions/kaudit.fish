# fish completion for kaudit. Names follow src/cli/arguments.cc and src/audit/flag_table.cc; a test
# compares them. The presets are those of src/audit/presets.cc.

# Is the command, of one word or two, one of these?
function __kaudit_command
    set -l words (commandline -opc)
    set -l command $words[2]
    contains -- "$command" policy kubeadm; and set command "$command $words[3]"
    contains -- "$command" $argv
end

# Is it this first word of two and nothing behind it, also after --help?
function __kaudit_group
    set -l words (commandline -opc)
    set -e words[1]
    contains -- "$words[1]" -h --help; and set -e words[1]
    test "$words" = $argv[1]
end

# Each preset with what is given in front of it.
function __kaudit_presets
    printf "$argv[1]%s\t%s\n" \
        minimal 'metadata of every request, and no contents' \
        recommended 'changes with contents, no secrets, no noise' \
        cis 'what the CIS benchmark asks for' \
        stig 'everything with contents, Secrets too' \
        tutorial 'the four rules of tutorials, which leak Secrets'
end

complete -c kaudit -f
complete -c kaudit -n __fish_use_subcommand -a enable -d 'turn auditing on, or change its settings'
complete -c kaudit -n __fish_use_subcommand -a disable -d 'take auditing out again; logs and policy stay on disk'
complete -c kaudit -n __fish_use_subcommand -a status -d 'is auditing on, and is it being recorded, now'
complete -c kaudit -n __fish_use_subcommand -a check -d 'find what is inconsistent, unsafe or lossy'
complete -c kaudit -n __fish_use_subcommand -a policy -d 'the audit policy: init, lint, explain, table, install'
complete -c kaudit -n __fish_use_subcommand -a rollback -d 'put the manifest back as it was before the last change'
complete -c kaudit -n __fish_use_subcommand -a kubeadm -d 'auditing that survives kubeadm upgrade: patch'
complete -c kaudit -n __fish_use_subcommand -s h -l help -d 'how to use kaudit'
complete -c kaudit -n __fish_use_subcommand -l help-all -d 'every audit option'
complete -c kaudit -n __fish_use_subcommand -s V -l version -d 'the version'
complete -c kaudit -n '__kaudit_group policy' -a init -d 'print an audit policy to start from'
complete -c kaudit -n '__kaudit_group policy' -a lint -d 'find what is wrong with an audit policy'
complete -c kaudit -n '__kaudit_group policy' -a explain -d 'which rule decides about a request, and why'
complete -c kaudit -n '__kaudit_group policy' -a table -d 'what a policy records of every kind of request'
complete -c kaudit -n '__kaudit_group policy' -a install -d 'replace the policy of this node, and restart for it'
complete -c kaudit -n '__kaudit_group policy' -s h -l help -d 'how to use kaudit policy'
complete -c kaudit -n '__kaudit_group kubeadm' -a patch -d 'write a patch that survives kubeadm upgrade'
complete -c kaudit -n '__kaudit_group kubeadm' -s h -l help -d 'how to use kaudit kubeadm'

complete -c kaudit -n "__kaudit_command enable disable status check 'policy lint' 'policy explain' 'policy table' 'policy install' rollback" -l manifest -r -F -d 'the manifest; unless given, /etc/kubernetes/manifests/kube-apiserver.yaml'
complete -c kaudit -n "__kaudit_command enable disable 'policy install' rollback 'kubeadm patch'" -l dry-run -d 'show the change as a diff and write nothing'
complete -c kaudit -n "__kaudit_command enable disable 'policy table' 'policy install' rollback 'kubeadm patch'" -l exit-code -d 'exit with 1 if --dry-run shows a change, or --diff of policies a difference'
complete -c kaudit -n "__kaudit_command enable disable 'policy init'" -l output -s o -r -F -d 'write the result to FILE (- is standard output) and change nothing else'
complete -c kaudit -n "__kaudit_command enable disable 'policy install' rollback 'kubeadm patch'" -l diff -d 'print the diff also when writing'
complete -c kaudit -n "__kaudit_command enable 'kubeadm patch'" -l host-path -x -d 'a path of the container lies elsewhere on the host; may be repeated'
complete -c kaudit -n '__kaudit_command enable' -l policy-from -r -F -a '(__kaudit_presets preset:)' -d 'write this policy to the node if there is none; - is standard input, preset:NAME a preset'
complete -c kaudit -n '__kaudit_command enable' -l replace-policy -d 'with --policy-from: replace a different policy, and restart the API server for it'
complete -c kaudit -n "__kaudit_command enable disable status check 'policy lint' 'policy explain' 'policy table' 'policy install' 'kubeadm patch'" -l kubernetes-version -x -d 'the release whose rules apply, instead of the image\'s tag'
complete -c kaudit -n "__kaudit_command enable disable status check 'policy lint' 'policy explain' 'policy table' 'policy install' rollback 'kubeadm patch'" -l root -x -a '(__fish_complete_directories)' -d 'where the node\'s file system is mounted, / unless given'
complete -c kaudit -n "__kaudit_command enable disable check 'policy install' rollback" -l host-checks -x -a 'auto on off' -d 'look at the files on this host; auto does so for a live manifest'
complete -c kaudit -n '__kaudit_command enable' -l allow-log-deletion -d 'accept that the given limits make the API server delete old logs'
complete -c kaudit -n "__kaudit_command enable disable 'policy install' rollback" -l force -d 'go on where the host\'s files speak against it'
complete -c kaudit -n "__kaudit_command enable disable 'policy install' rollback" -l backup-dir -x -a '(__fish_complete_directories)' -d 'where backups are kept, /var/lib/kaudit/backups unless given'
complete -c kaudit -n "__kaudit_command enable disable 'policy install' rollback" -l wait -d 'wait until the new API server is ready, 4m unless given; take the change back if it is not'
complete -c kaudit -n "__kaudit_command enable disable 'policy install' rollback" -l rollback-wait -x -d 'with --wait: how long the old one may take to come back, 4m unless given'
complete -c kaudit -n "__kaudit_command enable check 'kubeadm patch'" -l profile -x -a 'cis stig' -d 'check: every control of the benchmark; enable: raise limits that are lower than it asks for'
complete -c kaudit -n '__kaudit_command check' -l kubeadm-config -r -F -d 'compare with this ClusterConfiguration: what would kubeadm upgrade change?'
complete -c kaudit -n "__kaudit_command 'kubeadm patch'" -l dir -x -a '(__fish_complete_directories)' -d 'the folder that kubeadm is given with --patches'
complete -c kaudit -n "__kaudit_command 'kubeadm patch'" -l print-command -d 'print the lines for kubeadm of that release, and write nothing'
complete -c kaudit -n "__kaudit_command check 'policy lint'" -l fail-on -x -a 'error warning note' -d 'exit with 1 from this severity on: error (unless given), warning or note'
complete -c kaudit -n "__kaudit_command check 'policy lint'" -l disable -x -d 'leave out a rule; may be repeated'
complete -c kaudit -n "__kaudit_command check 'policy lint'" -l summary -d 'a line a file, and totals per rule'
complete -c kaudit -n "__kaudit_command check 'policy lint'" -l list-rules -d 'every rule in a sentence'
complete -c kaudit -n "__kaudit_command check 'policy lint'" -l explain -x -d 'one rule: what happens, and where that is written'
complete -c kaudit -n '__kaudit_command check' -F
complete -c kaudit -n "__kaudit_command 'policy lint' 'policy explain' 'policy table' 'policy install'" -F -a '(__kaudit_presets preset:)'
complete -c kaudit -n "__kaudit_command 'policy init'" -l preset -x -a '(__kaudit_presets)' -d 'minimal, recommended (unless given), cis, stig or tutorial'
complete -c kaudit -n "__kaudit_command 'policy explain' 'policy table'" -l user -x -d 'who asks; a user whom no rule names, unless given'
complete -c kaudit -n "__kaudit_command 'policy explain' 'policy table'" -l group -x -d 'a group of that user, beside those that every user is in; may be repeated'
complete -c kaudit -n "__kaudit_command 'policy explain'" -l verb -x -a 'get list watch create update patch delete deletecollection' -d 'get, list, watch, create, update, patch, delete, deletecollection; get unless given'
complete -c kaudit -n "__kaudit_command 'policy explain'" -l resource -x -d 'as kubectl spells it: pods, deployments.apps, deployments.apps/scale'
complete -c kaudit -n "__kaudit_command 'policy explain' 'policy table'" -l namespace -s n -x -d 'where the object is; explain: none unless given, table: default'
complete -c kaudit -n "__kaudit_command 'policy explain'" -l name -x -d 'the object\'s name'
complete -c kaudit -n "__kaudit_command 'policy explain'" -l path -x -d 'the path of the request, such as /healthz or /api/v1/namespaces/a/pods'
complete -c kaudit -n "__kaudit_command 'policy explain'" -l requests -r -F -d 'a request in JSON on each line; an answer in JSON for each (- is standard input)'
complete -c kaudit -n "__kaudit_command 'policy table'" -l diff -r -F -a '(__kaudit_presets preset:)' -d 'only what a second policy records differently'
complete -c kaudit -n "__kaudit_command enable disable status 'policy init' 'policy explain' 'policy install' rollback 'kubeadm patch'" -l format -x -a 'text json' -d 'the report\'s form: text or json; of findings also sarif or github, of tables html'
complete -c kaudit -n "__kaudit_command check 'policy lint'" -l format -x -a 'text json sarif github' -d 'the report\'s form: text or json; of findings also sarif or github, of tables html'
complete -c kaudit -n "__kaudit_command 'policy table'" -l format -x -a 'text json html' -d 'the report\'s form: text or json; of findings also sarif or github, of tables html'
complete -c kaudit -n "__kaudit_command enable disable status check 'policy init' 'policy lint' 'policy explain' 'policy table' 'policy install' rollback 'kubeadm patch'" -l quiet -s q -d 'say only what went wrong'
complete -c kaudit -n "__kaudit_command enable disable status check 'policy init' 'policy lint' 'policy explain' 'policy table' 'policy install' rollback 'kubeadm patch'" -l color -x -a 'auto always never' -d 'auto colours a terminal, unless NO_COLOR is set'
complete -c kaudit -n "__kaudit_command enable disable status check 'policy init' 'policy lint' 'policy explain' 'policy table' 'policy install' rollback 'kubeadm patch'" -l help -s h -d 'this text'
complete -c kaudit -n "__kaudit_command enable disable status check 'policy init' 'policy lint' 'policy explain' 'policy table' 'policy install' rollback 'kubeadm patch'" -l help-all -d 'every audit option of kube-apiserver'

complete -c kaudit -n "__kaudit_command enable 'kubeadm patch'" -l audit-policy-file -r -F -d 'File that says what is recorded; without it nothing is'
complete -c kaudit -n "__kaudit_command enable 'kubeadm patch'" -l audit-log-path -r -F -d 'File that events are written to; \'-\' is standard output'
complete -c kaudit -n "__kaudit_command enable 'kubeadm patch'" -l audit-log-maxage -x -d 'Delete rotated files older than this; 0 keeps them'
complete -c kaudit -n "__kaudit_command enable 'kubeadm patch'" -l audit-log-maxbackup -x -d 'Keep at most this many rotated files; 0 keeps all'
complete -c kaudit -n "__kaudit_command enable 'kubeadm patch'" -l audit-log-maxsize -x -d 'Rotate the file before it grows beyond this'
complete -c kaudit -n "__kaudit_command enable 'kubeadm patch'" -l audit-log-compress -d 'Compress rotated files with gzip'
complete -c kaudit -n "__kaudit_command enable 'kubeadm patch'" -l audit-log-format -x -a 'json legacy' -d 'One JSON object a line, or the old one-line text'
complete -c kaudit -n "__kaudit_command enable 'kubeadm patch'" -l audit-log-version -x -a 'audit.k8s.io/v1' -d 'API version of the events written'
complete -c kaudit -n "__kaudit_command enable 'kubeadm patch'" -l audit-log-mode -x -a 'batch blocking blocking-strict' -d 'Whether a request waits until its event is written'
complete -c kaudit -n "__kaudit_command enable 'kubeadm patch'" -l audit-log-batch-buffer-size -x -d 'Events that may wait; beyond it they are dropped'
complete -c kaudit -n "__kaudit_command enable 'kubeadm patch'" -l audit-log-batch-max-size -x -d 'Events in one batch at most'
complete -c kaudit -n "__kaudit_command enable 'kubeadm patch'" -l audit-log-batch-max-wait -x -d 'Longest wait before a batch goes out unfilled'
complete -c kaudit -n "__kaudit_command enable 'kubeadm patch'" -l audit-log-batch-throttle-enable -d 'Limit how many batches go out in a second'
complete -c kaudit -n "__kaudit_command enable 'kubeadm patch'" -l audit-log-batch-throttle-qps -x -d 'Batches a second on average'
complete -c kaudit -n "__kaudit_command enable 'kubeadm patch'" -l audit-log-batch-throttle-burst -x -d 'Batches that may go out at once after a quiet time'
complete -c kaudit -n "__kaudit_command enable 'kubeadm patch'" -l audit-log-truncate-enabled -d 'Shorten or split what is larger than the two limits below'
complete -c kaudit -n "__kaudit_command enable 'kubeadm patch'" -l audit-log-truncate-max-batch-size -x -d 'Largest batch; at least the largest event'
complete -c kaudit -n "__kaudit_command enable 'kubeadm patch'" -l audit-log-truncate-max-event-size -x -d 'Largest event; a larger one loses its objects'
complete -c kaudit -n "__kaudit_command enable 'kubeadm patch'" -l audit-webhook-config-file -r -F -d 'Kubeconfig of the server that events are sent to'
complete -c kaudit -n "__kaudit_command enable 'kubeadm patch'" -l audit-webhook-mode -x -a 'batch blocking blocking-strict' -d 'Whether a request waits until its event is sent'
complete -c kaudit -n "__kaudit_command enable 'kubeadm patch'" -l audit-webhook-version -x -a 'audit.k8s.io/v1' -d 'API version of the events sent'
complete -c kaudit -n "__kaudit_command enable 'kubeadm patch'" -l audit-webhook-initial-backoff -x -d 'Wait before the first repetition of a failed request'
complete -c kaudit -n "__kaudit_command enable 'kubeadm patch'" -l audit-webhook-batch-initial-backoff -x -d 'Old name of --audit-webhook-initial-backoff'
complete -c kaudit -n "__kaudit_command enable 'kubeadm patch'" -l audit-webhook-batch-buffer-size -x -d 'Events that may wait; beyond it they are dropped'
complete -c kaudit -n "__kaudit_command enable 'kubeadm patch'" -l audit-webhook-batch-max-size -x -d 'Events in one batch at most'
complete -c kaudit -n "__kaudit_command enable 'kubeadm patch'" -l audit-webhook-batch-max-wait -x -d 'Longest wait before a batch goes out unfilled'
complete -c kaudit -n "__kaudit_command enable 'kubeadm patch'" -l audit-webhook-batch-throttle-enable -d 'Limit how many batches go out in a second'
complete -c kaudit -n "__kaudit_command enable 'kubeadm patch'" -l audit-webhook-batch-throttle-qps -x -d 'Batches a second on average'
complete -c kaudit -n "__kaudit_command enable 'kubeadm patch'" -l audit-webhook-batch-throttle-burst -x -d 'Batches that may go out at once after a quiet time'
complete -c kaudit -n "__kaudit_command enable 'kubeadm patch'" -l audit-webhook-truncate-enabled -d 'Shorten or split what is larger than the two limits below'
complete -c kaudit -n "__kaudit_command enable 'kubeadm patch'" -l audit-webhook-truncate-max-batch-size -x -d 'Largest batch; at least the largest event'
complete -c kaudit -n "__kaudit_command enable 'kubeadm patch'" -l audit-webhook-truncate-max-event-size -x -d 'Largest event; a larger one loses its objects'
complete -c kaudit -n "__kaudit_command enable 'kubeadm patch'" -l audit-dynamic-configuration -d 'Take backends from AuditSink objects (alpha)'
