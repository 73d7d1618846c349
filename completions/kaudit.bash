# bash completion for kaudit. Names follow src/cli/arguments.cc and src/audit/flag_table.cc; a test
# compares them.

_kaudit() {
  local cur=${COMP_WORDS[COMP_CWORD]} command=${COMP_WORDS[1]} option value
  COMPREPLY=()
  if ((COMP_CWORD == 1)); then
    COMPREPLY=($(compgen -W 'enable disable status check rollback --help --help-all --version' -- "$cur"))
    return
  fi
  # bash splits words at "=": "--format" "=" "json".
  if [[ $cur == = ]]; then
    option=${COMP_WORDS[COMP_CWORD - 1]} value=
  elif [[ ${COMP_WORDS[COMP_CWORD - 1]} == = ]]; then
    option=${COMP_WORDS[COMP_CWORD - 2]} value=$cur
  else
    option=${COMP_WORDS[COMP_CWORD - 1]} value=$cur
  fi
  case $option in
    --manifest | --output | -o | --audit-policy-file | --audit-log-path | --audit-webhook-config-file)
      compopt -o filenames
      COMPREPLY=($(compgen -f -- "$value"))
      return ;;
    --root | --backup-dir)
      compopt -o filenames
      COMPREPLY=($(compgen -d -- "$value"))
      return ;;
    --audit-log-mode | --audit-webhook-mode)
      COMPREPLY=($(compgen -W 'batch blocking blocking-strict' -- "$value"))
      return ;;
    --audit-log-format)
      COMPREPLY=($(compgen -W 'json legacy' -- "$value"))
      return ;;
    --audit-log-version | --audit-webhook-version)
      COMPREPLY=($(compgen -W 'audit.k8s.io/v1' -- "$value"))
      return ;;
    --format)
      if [[ $command == check ]]; then
        COMPREPLY=($(compgen -W 'text json sarif github' -- "$value"))
      else
        COMPREPLY=($(compgen -W 'text json' -- "$value"))
      fi
      return ;;
    --fail-on)
      COMPREPLY=($(compgen -W 'error warning note' -- "$value"))
      return ;;
    --profile)
      COMPREPLY=($(compgen -W 'cis stig' -- "$value"))
      return ;;
    --disable | --explain)
      COMPREPLY=($(compgen -W "$(kaudit check --list-rules --format=json 2>/dev/null |
        sed -n 's/^ *"id": "\(.*\)",$/\1/p')" -- "$value"))
      return ;;
    --color)
      COMPREPLY=($(compgen -W 'auto always never' -- "$value"))
      return ;;
    --host-checks)
      COMPREPLY=($(compgen -W 'auto on off' -- "$value"))
      return ;;
  esac
  case $command in
    enable)
      COMPREPLY=($(compgen -W '
        --manifest= --dry-run --exit-code --output= --diff --host-path= --kubernetes-version=
        --root= --host-checks= --allow-log-deletion --force --backup-dir= --wait
        --wait= --rollback-wait= --profile= --format= --quiet --color= --help --help-all
        --audit-policy-file= --audit-log-path= --audit-log-maxage= --audit-log-maxbackup=
        --audit-log-maxsize= --audit-log-compress --audit-log-format= --audit-log-version=
        --audit-log-mode= --audit-log-batch-buffer-size= --audit-log-batch-max-size=
        --audit-log-batch-max-wait= --audit-log-batch-throttle-enable
        --audit-log-batch-throttle-qps= --audit-log-batch-throttle-burst=
        --audit-log-truncate-enabled --audit-log-truncate-max-batch-size=
        --audit-log-truncate-max-event-size= --audit-webhook-config-file= --audit-webhook-mode=
        --audit-webhook-version= --audit-webhook-initial-backoff=
        --audit-webhook-batch-initial-backoff= --audit-webhook-batch-buffer-size=
        --audit-webhook-batch-max-size= --audit-webhook-batch-max-wait=
        --audit-webhook-batch-throttle-enable --audit-webhook-batch-throttle-qps=
        --audit-webhook-batch-throttle-burst= --audit-webhook-truncate-enabled
        --audit-webhook-truncate-max-batch-size= --audit-webhook-truncate-max-event-size=
        --audit-dynamic-configuration' -- "$cur")) ;;
    disable)
      COMPREPLY=($(compgen -W '
        --manifest= --dry-run --exit-code --output= --diff --kubernetes-version= --root=
        --host-checks= --force --backup-dir= --wait --wait= --rollback-wait= --format= --quiet
        --color= --help --help-all' -- "$cur")) ;;
    status)
      COMPREPLY=($(compgen -W '
        --manifest= --kubernetes-version= --root= --format= --quiet --color= --help
        --help-all' -- "$cur")) ;;
    check)
      if [[ $cur == -* ]]; then
        COMPREPLY=($(compgen -W '
          --manifest= --kubernetes-version= --root= --host-checks= --profile= --fail-on= --disable=
          --summary --list-rules --explain= --format= --quiet --color= --help
          --help-all' -- "$cur"))
      else
        compopt -o filenames
        COMPREPLY=($(compgen -f -- "$cur"))
      fi ;;
    rollback)
      COMPREPLY=($(compgen -W '
        --manifest= --dry-run --exit-code --diff --root= --host-checks= --force --backup-dir=
        --wait --wait= --rollback-wait= --format= --quiet --color= --help --help-all' -- "$cur")) ;;
    --help)
      COMPREPLY=($(compgen -W 'enable disable status check rollback' -- "$cur")) ;;
  esac
  # After "--format=" the value follows without a space.
  [[ ${COMPREPLY[0]} == *= ]] && compopt -o nospace
}

complete -F _kaudit kaudit
