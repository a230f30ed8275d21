use crate::permission::Permission;
use crate::role::Role;
use casbin::{CoreApi, DefaultModel, Enforcer, MemoryAdapter, MgmtApi};

const MODEL: &str = include_str!("../model.conf");
const POLICY: &str = include_str!("../policy.csv");

/// The policy, compiled: one bit for each role and permission.
#[derive(Clone, Debug)]
pub struct Policy {
    allowed: [u64; Role::ALL.len()],
}

/// Why the policy could not be loaded.
#[derive(Debug, thiserror::Error)]
pub enum PolicyError {
    #[error("policy.csv line {0}: not a rule")]
    Line(usize),
    #[error("policy.csv names {0}, which is in no permission table")]
    UnknownPermission(String),
    #[error(transparent)]
    Casbin(#[from] casbin::Error),
}

impl Policy {
    /// Loads the policy and asks Casbin once for every role and permission.
    pub async fn load() -> Result<Self, PolicyError> {
        let enforcer = enforcer().await?;
        let mut allowed = [0_u64; Role::ALL.len()];
        for (role, bits) in Role::ALL.iter().zip(allowed.iter_mut()) {
            for permission in Permission::ALL {
                let request = (role.as_str(), permission.resource(), permission.action());
                if enforcer.enforce(request)? {
                    *bits |= 1 << (*permission as u8);
                }
            }
        }
        Ok(Self { allowed })
    }

    /// Whether `role` has `permission`.
    pub fn allows(&self, role: Role, permission: Permission) -> bool {
        let index = role as usize;
        self.allowed
            .get(index)
            .is_some_and(|bits| bits & (1 << (permission as u8)) != 0)
    }

    /// Everything that `role` may do.
    pub fn permissions(&self, role: Role) -> impl Iterator<Item = Permission> + '_ {
        Permission::ALL
            .iter()
            .copied()
            .filter(move |p| self.allows(role, *p))
    }
}

/// The Casbin enforcer over the compiled-in files.
async fn enforcer() -> Result<Enforcer, PolicyError> {
    let model = DefaultModel::from_str(MODEL).await?;
    let mut enforcer = Enforcer::new(model, MemoryAdapter::default()).await?;
    for (index, line) in POLICY.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let mut words = line.split(',').map(|word| word.trim().to_owned());
        let kind = words.next();
        let rule: Vec<String> = words.collect();
        match (kind.as_deref(), rule.as_slice()) {
            (Some("p"), [_, resource, action]) => {
                let name = format!("{resource}:{action}");
                if !Permission::ALL.iter().any(|p| p.as_str() == name) {
                    return Err(PolicyError::UnknownPermission(name));
                }
                enforcer.add_policy(rule).await?;
            }
            (Some("g"), [_, _]) => {
                enforcer.add_grouping_policy(rule).await?;
            }
            _ => return Err(PolicyError::Line(index + 1)),
        }
    }
    Ok(enforcer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_bit_set_and_casbin_agree_on_every_pair() {
        let policy = Policy::load().await.unwrap();
        let enforcer = enforcer().await.unwrap();
        for role in Role::ALL {
            for permission in Permission::ALL {
                let casbin = enforcer
                    .enforce((role.as_str(), permission.resource(), permission.action()))
                    .unwrap();
                assert_eq!(
                    policy.allows(role, *permission),
                    casbin,
                    "{role} {}",
                    permission.as_str()
                );
            }
        }
        assert!(Permission::ALL.len() <= 64);
    }

    /// What the roles may do must not change by accident: the matrix is a file to review.
    #[tokio::test]
    async fn the_matrix_is_the_reviewed_one() {
        let policy = Policy::load().await.unwrap();
        let mut matrix = format!(
            "{:<24} {}\n",
            "permission", "user manager dealership_admin super_admin"
        );
        for permission in Permission::ALL {
            let cell = |role| {
                if policy.allows(role, *permission) {
                    "yes"
                } else {
                    "-"
                }
            };
            matrix += &format!(
                "{:<24} {:<4} {:<7} {:<16} {}\n",
                permission.as_str(),
                cell(Role::User),
                cell(Role::Manager),
                cell(Role::DealershipAdmin),
                cell(Role::SuperAdmin)
            );
        }
        let golden = include_str!("../matrix.golden.txt");
        assert_eq!(
            matrix, golden,
            "review the change, then write it to policies/matrix.golden.txt:\n{matrix}"
        );
    }

    #[tokio::test]
    async fn every_permission_is_given_to_somebody() {
        let policy = Policy::load().await.unwrap();
        for permission in Permission::ALL {
            assert!(
                policy.allows(Role::SuperAdmin, *permission),
                "{}",
                permission.as_str()
            );
        }
    }
}
