#!/usr/bin/env bash
# Installs both programs, the desktop file, the icons, the manual and what shells need for completion, for the current
# user, or removes them.
# Usage: tools/install.sh BIN PREFIX | tools/install.sh --remove PREFIX
set -euo pipefail
cd "$(dirname "$0")/.."

sizes="16 32 48 64 128 256 512"
id=app.keyfob.Keyfob

paths() { # what an installation under PREFIX consists of
  local prefix=$1
  echo "$prefix/bin/keyfob"
  echo "$prefix/bin/keyfob-desktop"
  echo "$prefix/share/applications/$id.desktop"
  for size in $sizes; do echo "$prefix/share/icons/hicolor/${size}x$size/apps/$id.png"; done
  echo "$prefix/$bash_completion"
  echo "$prefix/$zsh_completion"
  echo "$prefix/$fish_completion"
  for page in "$prefix/$manual/keyfob.1" "$prefix/$manual"/keyfob-*.1; do echo "$page"; done
}

manual=share/man/man1
bash_completion=share/bash-completion/completions/keyfob
zsh_completion=share/zsh/site-functions/_keyfob
fish_completion=share/fish/vendor_completions.d/keyfob.fish

# help_for_shells installs the manual that make man wrote beside BIN, and lets the program write the completions.
help_for_shells() {
  local bin=$1 prefix=$2
  for file in "$bash_completion" "$zsh_completion" "$fish_completion" "$manual/keyfob.1"; do
    mkdir -p "$(dirname "$prefix/$file")"
  done
  "$bin/keyfob" completion bash >"$prefix/$bash_completion"
  "$bin/keyfob" completion zsh >"$prefix/$zsh_completion"
  "$bin/keyfob" completion fish >"$prefix/$fish_completion"
  install -m 644 "$bin"/../man/keyfob*.1 "$prefix/$manual/"
}

refresh() { # menus and icon caches notice by themselves, sooner with a nudge
  local share=$1/share
  command -v update-desktop-database >/dev/null && update-desktop-database -q "$share/applications" || true
  command -v gtk-update-icon-cache >/dev/null && gtk-update-icon-cache -qtf "$share/icons/hicolor" || true
}

if [ "$1" = --remove ]; then
  "$2/bin/keyfob" agent stop >/dev/null 2>&1 || true
  paths "$2" | while IFS= read -r path; do rm -f "$path"; done
  refresh "$2"
  echo "removed from $2; accounts and sign-ins stay (keyfob logout and keyfob remove take them away)"
  exit 0
fi

bin=$1 prefix=$2
case "$(uname -s)" in
  Linux|*BSD) ;;
  *)
    mkdir -p "$prefix/bin"
    install -m 755 "$bin/keyfob" "$bin/keyfob-desktop" "$prefix/bin/"
    help_for_shells "$bin" "$prefix"
    echo "installed the programs into $prefix/bin"
    exit 0 ;;
esac

mkdir -p "$prefix/bin" "$prefix/share/applications"
# A running program cannot be written over, but it can be replaced.
for program in keyfob keyfob-desktop; do
  install -m 755 "$bin/$program" "$prefix/bin/.$program.new"
  mv -f "$prefix/bin/.$program.new" "$prefix/bin/$program"
done
sed "s|@EXEC@|$prefix/bin/keyfob-desktop|" packaging/keyfob.desktop >"$prefix/share/applications/$id.desktop"
for size in $sizes; do
  dir=$prefix/share/icons/hicolor/${size}x$size/apps
  mkdir -p "$dir"
  install -m 644 "assets/icons/keyfob-$size.png" "$dir/$id.png"
done
help_for_shells "$bin" "$prefix"
refresh "$prefix"
echo "installed for $(id -un): $prefix/bin/keyfob-desktop (double-click Keyfob) and $prefix/bin/keyfob"
case ":$PATH:" in
  *":$prefix/bin:"*) ;;
  *) echo "note: $prefix/bin is not in your PATH, so a terminal does not find keyfob yet (Debian adds ~/.local/bin at the next login)" ;;
esac
