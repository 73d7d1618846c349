# bash completion for kaudit. Names follow src/cli/arguments.cc and src/audit/flag_table.cc; a test
# compares them. The presets are those of src/audit/presets.cc.

_kaudit_presets='minimal recommended cis stig tutorial'

# What enable and kubeadm patch take beside their options.
_kaudit_flags='
    --audit-policy-file= --audit-log-path= --audit-log-maxage= --audit-log-maxbackup=
    --audit-log-maxsize= --audit-log-compress --audit-log-format= --audit-log-version=
    --audit-log-mode= --audit-log-batch-buffer-size= --audit-log-batch-max-size=
    --audit-log-batch-max-wait= --audit-log-batch-throttle-enable --audit-log-batch-throttle-qps=
    --audit-log-batch-throttle-burst= --audit-log-truncate-enabled
    --audit-log-truncate-max-batch-size= --audit-log-truncate-max-event-size=
    --audit-webhook-config-file= --audit-webhook-mode= --audit-webhook-version=
    --audit-webhook-initial-backoff= --audit-webhook-batch-initial-backoff=
    --audit-webhook-batch-buffer-size= --audit-webhook-batch-max-size=
    --audit-webhook-batch-max-wait= --audit-webhook-batch-throttle-enable
    --audit-webhook-batch-throttle-qps= --audit-webhook-batch-throttle-burst=
    --audit-webhook-truncate-enabled --audit-webhook-truncate-max-batch-size=
    --audit-webhook-truncate-max-event-size= --audit-dynamic-configuration'

_kaudit_files() {
  compopt -o filenames
  mapfile -t COMPREPLY < <(compgen -f -- "$1")
}

# A policy is a file or a preset. Where it can only be a preset it is no file name, because bash
# would quote its ":".
_kaudit_policies() {
  _kaudit_files "$1"
  ((${#COMPREPLY[@]} > 0)) || compopt +o filenames
  COMPREPLY+=($(compgen -W "preset:${_kaudit_presets// / preset:}" -- "$1"))
}

_kaudit() {
  local cur=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}
  local command=${COMP_WORDS[1]} option value
  local commands='enable disable status check policy rollback kubeadm'
  local of_policy='init lint explain table install' of_kubeadm='patch'
  COMPREPLY=()
  if ((COMP_CWORD == 1)); then
    COMPREPLY=($(compgen -W "$commands --help --help-all --version" -- "$cur"))
    return
  fi
  if [[ $command == policy ]]; then
    if ((COMP_CWORD == 2)); then
      COMPREPLY=($(compgen -W "$of_policy --help" -- "$cur"))
      return
    fi
    command="policy ${COMP_WORDS[2]}"
  elif [[ $command == kubeadm ]]; then
    if ((COMP_CWORD == 2)); then
      COMPREPLY=($(compgen -W "$of_kubeadm --help" -- "$cur"))
      return
    fi
    command="kubeadm ${COMP_WORDS[2]}"
  fi
  # bash splits words at "=" and ":": "--format" "=" "json", "preset" ":" "cis".
  if [[ $cur == : && $before == preset ]]; then
    COMPREPLY=($(compgen -W "$_kaudit_presets"))
    return
  elif [[ $before == : ]]; then
    [[ ${COMP_WORDS[COMP_CWORD - 2]} == preset ]] &&
      COMPREPLY=($(compgen -W "$_kaudit_presets" -- "$cur"))
    return
  elif [[ $cur == = ]]; then
    option=$before value=
  elif [[ $before == = ]]; then
    option=${COMP_WORDS[COMP_CWORD - 2]} value=$cur
  else
    option=$before value=$cur
  fi
  case $option in
    --manifest | --output | -o | --requests | --kubeadm-config | --audit-policy-file | \
      --audit-log-path | --audit-webhook-config-file)
      _kaudit_files "$value"
      return ;;
    --policy-from)
      _kaudit_policies "$value"
      return ;;
    --root | --backup-dir | --dir)
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
      case $command in
        check | 'policy lint') COMPREPLY=($(compgen -W 'text json sarif github' -- "$value")) ;;
        'policy table') COMPREPLY=($(compgen -W 'text json html' -- "$value")) ;;
        *) COMPREPLY=($(compgen -W 'text json' -- "$value")) ;;
      esac
      return ;;
    --diff)
      if [[ $command == 'policy table' ]]; then
        _kaudit_policies "$value"
        return
      fi ;;
    --preset)
      COMPREPLY=($(compgen -W "$_kaudit_presets" -- "$value"))
      return ;;
    --verb)
      COMPREPLY=($(compgen -W 'get list watch create update patch delete deletecollection' \
        -- "$value"))
      return ;;
    --user | --group | --resource | --namespace | -n | --name | --path | --kubernetes-version | \
      --host-path)
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
        --manifest= --dry-run --exit-code --output= --diff --host-path= --policy-from=
        --replace-policy --kubernetes-version= --root= --host-checks= --allow-log-deletion --force
        --backup-dir= --wait --wait= --rollback-wait= --profile= --format= --quiet --color= --help
        --help-all'" $_kaudit_flags" -- "$cur")) ;;
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
          --manifest= --kubernetes-version= --root= --host-checks= --profile= --kubeadm-config=
          --fail-on= --disable= --summary --list-rules --explain= --format= --quiet --color= --help
          --help-all' -- "$cur"))
      else
        _kaudit_files "$cur"
      fi ;;
    'policy init')
      COMPREPLY=($(compgen -W '
        --output= --preset= --format= --quiet --color= --help --help-all' -- "$cur")) ;;
    'policy lint')
      if [[ $cur == -* ]]; then
        COMPREPLY=($(compgen -W '
          --manifest= --kubernetes-version= --root= --fail-on= --disable= --summary --list-rules
          --explain= --format= --quiet --color= --help --help-all' -- "$cur"))
      else
        _kaudit_policies "$cur"
      fi ;;
    'policy explain')
      if [[ $cur == -* ]]; then
        COMPREPLY=($(compgen -W '
          --manifest= --kubernetes-version= --root= --user= --group= --verb= --resource=
          --namespace= --name= --path= --requests= --format= --quiet --color= --help
          --help-all' -- "$cur"))
      else
        _kaudit_policies "$cur"
      fi ;;
    'policy table')
      if [[ $cur == -* ]]; then
        COMPREPLY=($(compgen -W '
          --manifest= --exit-code --kubernetes-version= --root= --user= --group= --namespace=
          --diff= --format= --quiet --color= --help --help-all' -- "$cur"))
      else
        _kaudit_policies "$cur"
      fi ;;
    'policy install')
      if [[ $cur == -* ]]; then
        COMPREPLY=($(compgen -W '
          --manifest= --dry-run --exit-code --diff --kubernetes-version= --root= --host-checks=
          --force --backup-dir= --wait --wait= --rollback-wait= --format= --quiet --color= --help
          --help-all' -- "$cur"))
      else
        _kaudit_policies "$cur"
      fi ;;
    rollback)
      COMPREPLY=($(compgen -W '
        --manifest= --dry-run --exit-code --diff --root= --host-checks= --force --backup-dir=
        --wait --wait= --rollback-wait= --format= --quiet --color= --help --help-all' -- "$cur")) ;;
    'kubeadm patch')
      COMPREPLY=($(compgen -W '
        --dir= --print-command --dry-run --exit-code --diff --host-path= --kubernetes-version=
        --root= --profile= --format= --quiet --color= --help --help-all'" $_kaudit_flags" \
        -- "$cur")) ;;
    --help | -h)
      if ((COMP_CWORD == 2)); then
        COMPREPLY=($(compgen -W "$commands" -- "$cur"))
      elif ((COMP_CWORD == 3)) && [[ $before == policy ]]; then
        COMPREPLY=($(compgen -W "$of_policy" -- "$cur"))
      elif ((COMP_CWORD == 3)) && [[ $before == kubeadm ]]; then
        COMPREPLY=($(compgen -W "$of_kubeadm" -- "$cur"))
      fi ;;
  esac
  # After "--format=" the value follows without a space.
  [[ ${COMPREPLY[0]} == *= ]] && compopt -o nospace
}

complete -F _kaudit kaudit
