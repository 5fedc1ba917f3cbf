//! The seven imported objects and the exact fields of `fields.md` (spec 9).

use serde::{Deserialize, Serialize};

/// One of the seven Salesforce objects that Inlay imports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Object {
    /// A Salesforce user: a possible member, and the owner of records.
    User,
    /// A role in the tree of users, for seats.
    UserRole,
    /// A company.
    Account,
    /// A person at an account.
    Contact,
    /// A person who is not yet a contact.
    Lead,
    /// A deal.
    Opportunity,
    /// Joins contacts to opportunities.
    OpportunityContactRole,
}

impl Object {
    /// All objects in the order of import: what others refer to comes first.
    pub const ALL: [Self; 7] = [Self::User, Self::UserRole, Self::Account, Self::Contact, Self::Lead, Self::Opportunity, Self::OpportunityContactRole];

    /// Salesforce's API name.
    pub fn name(self) -> &'static str {
        match self {
            Self::User => "User",
            Self::UserRole => "UserRole",
            Self::Account => "Account",
            Self::Contact => "Contact",
            Self::Lead => "Lead",
            Self::Opportunity => "Opportunity",
            Self::OpportunityContactRole => "OpportunityContactRole",
        }
    }

    /// The first three characters of this object's ids.
    pub fn prefix(self) -> &'static str {
        match self {
            Self::User => "005",
            Self::UserRole => "00E",
            Self::Account => "001",
            Self::Contact => "003",
            Self::Lead => "00Q",
            Self::Opportunity => "006",
            Self::OpportunityContactRole => "00K",
        }
    }

    /// The object of a name, or none if Inlay doesn't import it.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|object| object.name() == name)
    }

    /// The object whose ids begin with this prefix.
    pub fn from_prefix(prefix: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|object| object.prefix() == prefix)
    }

    /// One byte that names the object in storage. Never changes.
    pub fn tag(self) -> u8 {
        match self {
            Self::Lead => 0,
            Self::Contact => 1,
            Self::Account => 2,
            Self::Opportunity => 3,
            Self::OpportunityContactRole => 4,
            Self::User => 5,
            Self::UserRole => 6,
        }
    }

    /// The object of a storage byte.
    pub fn from_tag(tag: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|object| object.tag() == tag)
    }

    /// The fields the original documents list (`fields.md`, "Imported").
    pub fn fields(self) -> &'static [&'static str] {
        match self {
            Self::Lead => &[
                "Id",
                "City",
                "Company",
                "ConvertedAccountId",
                "ConvertedContactId",
                "ConvertedDate",
                "ConvertedOpportunityId",
                "Country",
                "CreatedDate",
                "Email",
                "FirstName",
                "Industry",
                "IsConverted",
                "IsUnreadByOwner",
                "LastActivityDate",
                "LastName",
                "LastReferencedDate",
                "LastViewedDate",
                "LeadSource",
                "OwnerId",
                "Phone",
                "State",
                "Status",
                "Street",
                "Title",
                "Website",
                "LastModifiedDate",
            ],
            Self::Contact => &[
                "Id",
                "AccountId",
                "CreatedDate",
                "Department",
                "Description",
                "Email",
                "Fax",
                "FirstName",
                "LastActivityDate",
                "LastName",
                "LastModifiedDate",
                "LastReferencedDate",
                "LastViewedDate",
                "LeadSource",
                "MailingStreet",
                "MailingCity",
                "MailingCountry",
                "MailingState",
                "Name",
                "Phone",
                "Title",
            ],
            Self::Account => &[
                "Id",
                "Name",
                "Website",
                "AnnualRevenue",
                "NumberOfEmployees",
                "Phone",
                "Industry",
                "Type",
                "BillingStreet",
                "BillingCity",
                "BillingState",
                "BillingCountry",
                "BillingPostalCode",
                "CreatedDate",
                "LastModifiedDate",
                "OwnerId",
                "Description",
                "Fax",
                "ParentId",
                "ShippingCity",
                "ShippingCountry",
                "ShippingPostalCode",
                "ShippingState",
                "ShippingStreet",
                "LastReferencedDate",
                "LastViewedDate",
                "Rating",
                "TickerSymbol",
                "Ownership",
            ],
            Self::Opportunity => &[
                "Id",
                "AccountId",
                "Amount",
                "CloseDate",
                "CreatedDate",
                "IsClosed",
                "IsWon",
                "LastActivityDate",
                "LastReferencedDate",
                "LastViewedDate",
                "LeadSource",
                "Name",
                "OwnerId",
                "StageName",
                "Type",
                "LastModifiedDate",
            ],
            Self::OpportunityContactRole => &["Id", "ContactId", "IsPrimary", "OpportunityId", "Role", "CreatedDate", "LastModifiedDate"],
            Self::User => &[
                "Id",
                "Name",
                "Department",
                "Email",
                "FirstName",
                "LastName",
                "Title",
                "Phone",
                "MobilePhone",
                "IsActive",
                "UserRoleId",
                "CreatedDate",
                "LastModifiedDate",
            ],
            Self::UserRole => &["Id", "Name", "ParentRoleId", "LastModifiedDate"],
        }
    }

    /// The fields Inlay adds where describe shows them (`fields.md`, below the table).
    pub fn added_fields(self) -> &'static [&'static str] {
        match self {
            Self::Lead => &["SystemModstamp", "IsDeleted", "MasterRecordId", "MobilePhone", "PostalCode", "HasOptedOutOfEmail", "DoNotCall"],
            Self::Contact => &["SystemModstamp", "IsDeleted", "MasterRecordId", "OwnerId", "MobilePhone", "HasOptedOutOfEmail", "DoNotCall", "IsPersonAccount"],
            // The last two there only where an org has person accounts.
            Self::Account => &["SystemModstamp", "IsDeleted", "MasterRecordId", "IsPersonAccount", "PersonContactId"],
            // There only where an org has several currencies.
            Self::Opportunity => &["SystemModstamp", "IsDeleted", "CurrencyIsoCode"],
            Self::OpportunityContactRole => &["SystemModstamp", "IsDeleted"],
            Self::User | Self::UserRole => &["SystemModstamp"],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_prefixes_and_names_lead_back_to_their_object() {
        for object in Object::ALL {
            assert_eq!(Object::from_tag(object.tag()), Some(object));
            assert_eq!(Object::from_prefix(object.prefix()), Some(object));
            assert_eq!(Object::from_name(object.name()), Some(object));
        }
    }

    #[test]
    fn field_counts_are_those_of_the_original_documents() {
        let counts: Vec<usize> = Object::ALL.iter().map(|object| object.fields().len()).collect();
        assert_eq!(counts, [13, 4, 29, 21, 27, 16, 7]);
    }
}
